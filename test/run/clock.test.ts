import { describe, expect, test } from "bun:test";
import { ANYONE } from "../../src/access/caller.ts";
import { cancel } from "../../src/run/cancel.ts";
import { waitForOutcome } from "../../src/run/wait.ts";
import { openStage } from "./stage.ts";

const TIMED_OUT = { status: "failed", error: { code: "start_timed_out" } };

describe("the run clock", () => {
  test("a run that takes too long fails, its signal aborts and it keeps its slot until its code ends", async () => {
    using stage = openStage({ running: 1, queued: 1 });
    const { run } = await stage.accept({ runTimeoutMs: 5 });
    expect(await waitForOutcome(run, Infinity)).toMatchObject({
      status: "failed",
      error: {
        code: "run_timed_out",
        message: "The run did not end within 0.005 s.",
      },
    });
    expect(stage.calls[0]?.context.signal.aborted).toBe(true);
    expect(stage.scheduler.runningCount).toBe(1);
    stage.calls[0]?.end("too late");
    expect(await stage.runs.find(run.id)).toMatchObject({
      status: "failed",
      result: null,
      runTimeoutMs: 5,
    });
  });

  test.each([
    ["the caller", { runTimeoutMs: 5 }, {}],
    ["the action", { runTimeoutMs: 60_000 }, { runTimeout: 0.005 }],
  ])(
    "the run timeout of %s counts when it is the smallest",
    async (_, asked, definition) => {
      using stage = openStage(undefined, definition);
      const { run } = await stage.accept(asked);
      expect(await waitForOutcome(run, Infinity)).toMatchObject({
        error: { message: "The run did not end within 0.005 s." },
      });
    },
  );

  test("the end of a wait does not end the run", async () => {
    using stage = openStage();
    const { run } = await stage.accept();
    expect(await waitForOutcome(run, 5)).toBeUndefined();
    expect(stage.calls[0]?.context.signal.aborted).toBe(false);
  });
});

describe("the start clock", () => {
  test("a run that is queued for too long fails and never runs", async () => {
    using stage = openStage({ running: 1, queued: 1 });
    const first = await stage.accept();
    const { run } = await stage.accept({ startTimeoutMs: 5 });
    expect(await waitForOutcome(run, Infinity)).toMatchObject(TIMED_OUT);
    stage.calls[0]?.end(null);
    await waitForOutcome(first.run, Infinity);
    expect(stage.calls).toHaveLength(1);
    expect(await stage.runs.find(run.id)).toMatchObject({
      status: "failed",
      startedAt: null,
    });
    expect(stage.scheduler.queuedCount).toBe(0);
  });

  test("the start timeout no longer counts once the run has started", async () => {
    using stage = openStage();
    const { run } = await stage.accept({ startTimeoutMs: 5 });
    expect(await waitForOutcome(run, 20)).toBeUndefined();
    expect(
      await cancel(run.id, {
        caller: ANYONE,
        store: stage.runs,
        runner: stage.runner,
        events: stage.events,
      }),
    ).toBe("cancelled");
  });
});
