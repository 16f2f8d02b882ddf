/** What is kept of what runs log. */
import { expect, test } from "bun:test";
import type { LogStore } from "../../src/run/kept-log/log-store.ts";
import { createLogStore } from "../../src/store/sqlite/kept-log/logs.ts";
import { waitForOutcome } from "../../src/run/wait.ts";
import { openStage } from "./stage.ts";

async function readLog(store: LogStore, id: string) {
  const kept = await store.findAfter(id, 0);
  return kept === undefined
    ? []
    : kept.text.split("\n").map((line) => JSON.parse(line) as Logged);
}
interface Logged {
  level: string;
  message: string;
  fields?: unknown;
  stack?: string;
}

test("lines are on disk with the outcome, with their fields and the stack of what was thrown", async () => {
  await using stage = openStage();
  const store = createLogStore(stage.store);
  const { run } = await stage.accept();
  const [call] = stage.calls;
  call?.context.log.info("first", { count: 1, password: "hidden" });
  call?.context.log.debug("second");
  call?.fail(new TypeError("it broke"));
  const order: string[] = [];
  const { promise: finished, resolve } = Promise.withResolvers<void>();
  stage.events.listen(["log", "finished"], (event) => {
    order.push(event.kind === "log" ? event.line.message : event.kind);
    if (event.kind === "finished") resolve();
  });
  await finished;
  const lines = await readLog(store, run.id);
  expect(lines).toEqual([
    {
      time: expect.any(String),
      level: "info",
      message: "first",
      fields: { count: 1, password: "[redacted]" },
    },
    { time: expect.any(String), level: "debug", message: "second" },
    {
      time: expect.any(String),
      level: "error",
      message: "stage/act failed: Unexpected error (TypeError)",
      fields: { error: { type: "TypeError", message: "it broke" } },
      stack: expect.stringContaining("kept-log.test.ts"),
    },
  ] as never);
  expect(order).toEqual([
    "first",
    "second",
    "stage/act failed: Unexpected error (TypeError)",
    "finished",
  ]);
});

test("a log that is too long is cut with a line that says so, and what was thrown is kept all the same", async () => {
  await using stage = openStage();
  const store = createLogStore(stage.store);
  const { run } = await stage.accept();
  const [call] = stage.calls;
  for (let count = 0; count < 1000; count += 1)
    call?.context.log.info(`line ${count} ${"x".repeat(50)}`);
  call?.fail(new Error("at last"));
  await waitForOutcome(run, Infinity);
  const lines = await readLog(store, run.id);
  expect(lines.length).toBeLessThan(120);
  expect(lines.at(-2)?.message).toBe(
    "The log of this run is cut here: more than 10000 bytes are not kept (--max-log-bytes).",
  );
  expect(lines.at(-1)?.stack).toContain("at last");
});

test("a run that logs nothing leaves nothing, and a deleted run takes its log along", async () => {
  await using stage = openStage();
  const store = createLogStore(stage.store);
  const { run } = await stage.accept();
  stage.calls[0]?.end(null);
  const other = await stage.accept();
  stage.calls[1]?.context.log.info("hi");
  stage.calls[1]?.end(null);
  await waitForOutcome(other.run, Infinity);
  expect(await readLog(store, run.id)).toEqual([]);
  expect(await readLog(store, other.run.id)).toHaveLength(1);
  await stage.runs.delete(other.run.id);
  expect(await readLog(store, other.run.id)).toEqual([]);
});
