import { expect, test } from "bun:test";
import { drain } from "../../src/run/drain.ts";
import { waitForOutcome } from "../../src/run/wait.ts";
import { openStage } from "./stage.ts";

function start(stage: ReturnType<typeof openStage>, drainMs: number) {
  return drain(drainMs, { ...stage, store: stage.runs });
}

test("running runs may end, new ones are refused, and it is over when they have", async () => {
  using stage = openStage();
  const { run } = await stage.accept();
  const outcome = waitForOutcome(run, Infinity);
  const drained = start(stage, 60_000);
  expect(stage.accept()).rejects.toMatchObject({ code: "shutting_down" });
  stage.calls[0]?.end("in time");
  await drained;
  expect(await outcome).toEqual({ status: "passed", result: '"in time"' });
});

test("what does not end in time is interrupted, and its code told", async () => {
  using stage = openStage();
  const { run } = await stage.accept();
  const outcome = waitForOutcome(run, Infinity);
  await start(stage, 1);
  expect(await outcome).toMatchObject({
    status: "cancelled",
    error: { code: "interrupted" },
  });
  expect(stage.calls[0]?.context.signal.aborted).toBe(true);
  expect(stage.runs.find(run.id)?.status).toBe("cancelled");
});

test("what is queued stays so, its caller is told, and its callback will be owed", async () => {
  using stage = openStage({ running: 1, queued: 1 });
  await stage.accept();
  const { run } = await stage.accept();
  const waiting = waitForOutcome(run, Infinity);
  const drained = start(stage, 60_000);
  expect(waiting).rejects.toMatchObject({ code: "shutting_down" });
  stage.calls[0]?.end(null);
  await drained;
  expect(stage.calls).toHaveLength(1);
  expect(stage.runs.find(run.id)).toMatchObject({
    status: "queued",
    detached: true,
  });
});

test("what may run again is left running on disk, for the next start", async () => {
  using stage = openStage(undefined, { onInterrupt: "retry" });
  const begins = stage.nextCall();
  const { run } = await stage.accept();
  const waiting = waitForOutcome(run, Infinity);
  const { context } = await begins;
  const drained = start(stage, 1);
  expect(waiting).rejects.toMatchObject({ code: "shutting_down" });
  await drained;
  expect(context.signal.aborted).toBe(true);
  expect(stage.runs.find(run.id)).toMatchObject({
    status: "running",
    detached: true,
  });
});
