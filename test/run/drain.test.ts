import { expect, test } from "bun:test";
import { drain } from "../../src/run/drain.ts";
import { waitForOutcome } from "../../src/run/wait.ts";
import { openStage } from "./stage.ts";

function start(
  stage: ReturnType<typeof openStage>,
  drainMs: number,
  recordMs?: number,
) {
  return drain(drainMs, { ...stage, store: stage.runs }, recordMs);
}

/** What a caller hears whose run is left to the next start. */
const shutDown = { status: "rejected", reason: { code: "shutting_down" } };

test("a drain lets running runs end, refuses new ones and is over when they have ended", async () => {
  using stage = openStage();
  const { run } = await stage.accept();
  const outcome = waitForOutcome(run, Infinity);
  const drained = start(stage, 60_000);
  await expect(stage.accept()).rejects.toMatchObject({ code: "shutting_down" });
  stage.calls[0]?.end("in time");
  await drained;
  expect(await outcome).toEqual({ status: "passed", result: '"in time"' });
});

test("a run that does not end in time is interrupted and its signal aborts", async () => {
  using stage = openStage();
  const { run } = await stage.accept();
  const outcome = waitForOutcome(run, Infinity);
  await start(stage, 1);
  expect(await outcome).toMatchObject({
    status: "cancelled",
    error: { code: "interrupted" },
  });
  expect(stage.calls[0]?.context.signal.aborted).toBe(true);
  expect((await stage.runs.find(run.id))?.status).toBe("cancelled");
});

test("a queued run stays queued, its caller is told and its callback will be owed", async () => {
  using stage = openStage({ running: 1, queued: 1 });
  await stage.accept();
  const { run } = await stage.accept();
  const waiting = Promise.allSettled([waitForOutcome(run, Infinity)]);
  const drained = start(stage, 60_000);
  stage.calls[0]?.end(null);
  await drained;
  expect(await waiting).toMatchObject([shutDown]);
  expect(stage.calls).toHaveLength(1);
  expect(await stage.runs.find(run.id)).toMatchObject({
    status: "queued",
    detached: true,
  });
});

test("a run that may run again is left running on disk for the next start", async () => {
  using stage = openStage(undefined, { onInterrupt: "retry" });
  const begins = stage.nextCall();
  const { run } = await stage.accept();
  const waiting = Promise.allSettled([waitForOutcome(run, Infinity)]);
  const { context } = await begins;
  const drained = start(stage, 1);
  await drained;
  expect(await waiting).toMatchObject([shutDown]);
  expect(context.signal.aborted).toBe(true);
  expect(await stage.runs.find(run.id)).toMatchObject({
    status: "running",
    detached: true,
  });
});

test("a drain ends even if nothing can be recorded, and leaves running runs to the next start", async () => {
  using stage = openStage({ running: 1, queued: 1 });
  const { run } = await stage.accept();
  const { run: queued } = await stage.accept();
  await queued.recorded;
  const waiting = [run, queued].map((each) => waitForOutcome(each, Infinity));
  stage.breakWrites();
  const drained = start(stage, 1, 10);
  expect(await Promise.allSettled(waiting)).toMatchObject([shutDown, shutDown]);
  expect(await drained).toBe(1);
  stage.mendWrites();
  expect((await stage.runs.find(run.id))?.status).toBe("running");
  expect((await stage.runs.find(queued.id))?.status).toBe("queued");
});

test("a drain does not wait for code that goes on after its run was interrupted", async () => {
  using stage = openStage();
  const { run } = await stage.accept();
  expect(await start(stage, 1)).toBe(0);
  expect([...stage.runner.lingering]).toEqual([run]);
});
