/** Streams that broke off when the server was killed, and that go on at the next one. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { readEvents, readUntil, type Told } from "../scenarios/read-events.ts";
import { DETACH, idOf } from "../scenarios/scene.ts";
import {
  makeTemporaryFolder,
  startExecutable,
  type TestServer,
} from "../server.ts";

const begin = async (server: TestServer, action: string) =>
  idOf(await server.run(action, {}, DETACH));
const follow = (server: TestServer, id: string, last?: Told) =>
  server.request(`/api/runs/${id}/events`, {
    headers: last === undefined ? {} : { "last-event-id": last.id },
  });
/** What is told of a run, without what a stream may leave out. */
const saysOf = (told: readonly Told[]) =>
  told.map(({ event, data }) => [event, data.message ?? data.attempt ?? null]);

test("a stream that broke off at kill -9 goes on after the restart, without a gap and without a double", async () => {
  const data = join(makeTemporaryFolder(), "data");
  await using first = await startExecutable({ data });
  const id = await begin(first, "goes-on");
  const before = await readUntil(
    await follow(first, id),
    ({ event }) => event === "log",
  );
  await first.kill();

  await using second = await startExecutable({ data });
  const after = await Array.fromAsync(
    readEvents(await follow(second, id, before.at(-1))),
  );
  expect(saysOf([...before, ...after])).toEqual([
    ["accepted", null],
    ["detached", null],
    ["started", 1],
    ["log", "attempt 1"],
    ["attempt_failed", 1],
    ["started", 2],
    ["log", "attempt 2"],
    ["finished", null],
  ]);
  const whole = await Array.fromAsync(readEvents(await follow(second, id)));
  expect(saysOf(whole)).toEqual(saysOf([...before, ...after]));
  const done = await follow(second, id, whole.at(-1));
  expect(done.status).toBe(204);
});

test("whoever follows a run that kill -9 interrupts is told so after the restart, once", async () => {
  const data = join(makeTemporaryFolder(), "data");
  await using first = await startExecutable({ data });
  const id = await begin(first, "forever");
  const before = await readUntil(
    await follow(first, id),
    ({ event }) => event === "started",
  );
  await first.kill();

  await using second = await startExecutable({ data });
  const reply = await follow(second, id, before.at(-1));
  const after = await Array.fromAsync(readEvents(reply));
  expect(after.map(({ event }) => event)).toEqual(["finished"]);
  expect(after[0]?.data).toMatchObject({
    state: "cancelled",
    error: { code: "interrupted" },
  });
});

test("what an action prints is in the log of its run, wherever its code runs", async () => {
  for (const isolation of ["in-process", "process"]) {
    await using server = await startExecutable({
      options: ["--isolation", isolation],
    });
    const reply = await server.run("prints");
    expect(await reply.json()).toBe("printed");
    const path = `/api/runs/${idOf(reply)}/logs`;
    const text = await (await server.request(path)).text();
    const lines = text.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).message)).toEqual([
      "printed by console.log",
      "printed by process.stdout.write",
    ]);
    const line = await server.log.find("probe/prints passed in");
    expect(JSON.parse(line)).toMatchObject({
      level: "info",
      run_id: idOf(reply),
      action_id: "probe/prints",
    });
  }
});
