import { expect, test } from "bun:test";
import { ANYONE } from "../../src/access/caller.ts";
import type { Log } from "../../src/log.ts";
import { LingeringRuns } from "../../src/run/active/lingering.ts";
import { cancel } from "../../src/run/cancel.ts";
import { countRuns } from "../../src/run/active/active-counts.ts";
import { openStage } from "./stage.ts";
import { silentLog } from "../silent-log.ts";
import { turn } from "../turn.ts";

test("a run is lingering from its outcome to the end of its code", async () => {
  using stage = openStage({ running: 1, queued: 1 });
  const { runner } = stage;
  const { run } = await stage.accept();
  const { run: second } = await stage.accept();
  expect([...countRuns(runner)]).toEqual([
    ["stage/act", { running: 1, lingering: 0 }],
  ]);
  await cancel(run.id, {
    caller: ANYONE,
    store: stage.runs,
    runner,
    events: stage.events,
  });
  expect([...runner.lingering]).toEqual([run]);
  expect([...countRuns(runner)]).toEqual([
    ["stage/act", { running: 0, lingering: 1 }],
  ]);
  const begins = stage.nextCall();
  stage.calls[0]?.end(null);
  const { end } = await begins;
  expect([...countRuns(runner)]).toEqual([
    ["stage/act", { running: 1, lingering: 0 }],
  ]);
  end(null);
  while (runner.find(second.id) !== undefined) await turn();
  expect([...countRuns(runner)]).toEqual([]);
});

/** @returns what it is told, and the first thing it will be told */
function listen() {
  const told: { message: string; fields: unknown }[] = [];
  const { promise: first, resolve } = Promise.withResolvers<void>();
  const tell = (message: string, fields: unknown) => {
    told.push({ message, fields });
    resolve();
  };
  const log: Log = { ...silentLog, warn: tell, info: tell };
  return { log, told, first };
}

test("code that goes on for long is logged once and again when it has ended", async () => {
  using stage = openStage();
  const { run } = await stage.accept();
  const { log, told, first } = listen();
  const code = Promise.withResolvers<void>();
  const followed = new LingeringRuns(log, 1).follow(run, code.promise);
  await first;
  expect(told).toEqual([
    {
      message: expect.stringMatching(
        /^stage\/act goes on 0\.001 s .+ isolation: "process"/,
      ),
      fields: { run_id: run.id, action_id: "stage/act" },
    },
  ]);
  code.resolve();
  await followed;
  expect(told.slice(1)).toEqual([
    {
      message: expect.stringMatching(/^stage\/act has ended, 0\.\d+ s/),
      fields: {
        run_id: run.id,
        action_id: "stage/act",
        lingered_ms: expect.any(Number),
      },
    },
  ]);
});

test("code that ends soon is not logged", async () => {
  using stage = openStage();
  const [early, late] = [await stage.accept(), await stage.accept()];
  const { log, told, first } = listen();
  const lingering = new LingeringRuns(log, 1);
  await lingering.follow(early.run, Promise.resolve());
  void lingering.follow(late.run, new Promise(() => {}));
  expect([...lingering]).toEqual([late.run]);
  await first;
  expect(told).toMatchObject([{ fields: { run_id: late.run.id } }]);
});
