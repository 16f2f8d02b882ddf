import { describe, expect, test } from "bun:test";
import { ANYONE } from "../../src/access/caller.ts";
import { ActionError } from "../../src/action/action-error.ts";
import type { Retries } from "../../src/action/retries.ts";
import { cancel } from "../../src/run/cancel.ts";
import { countRuns } from "../../src/run/active/active-counts.ts";
import { drain } from "../../src/run/drain.ts";
import { waitForOutcome, waitOrDetach } from "../../src/run/wait.ts";
import { openStage } from "./stage.ts";
import { turn } from "../turn.ts";

const retryable = new ActionError("Later.", { retryable: true });

/** A stage whose runs back off until the test rings. */
function openRetries(
  options: { retries?: Partial<Retries>; running?: number } = {},
) {
  const timers = new Set<{ ms: number; ring: () => void }>();
  const rests: (() => void)[] = [];
  const stage = openStage(
    { running: options.running ?? 1, queued: 10 },
    { retries: { attempts: 3, backoff: 1, ...options.retries } },
    {
      random: () => 0.5,
      startTimer(ms, ring) {
        const timer = { ms, ring };
        timers.add(timer);
        for (const tell of rests.splice(0)) tell();
        return {
          [Symbol.dispose]() {
            timers.delete(timer);
          },
        };
      },
    },
  );
  const parts = {
    caller: ANYONE,
    store: stage.runs,
    runner: stage.runner,
    events: stage.events,
  };
  return {
    stage,
    timers,
    /** Rings for all that back off. */
    ring() {
      for (const timer of timers) timer.ring();
    },
    cancel: (id: string) => cancel(id, parts),
    /** Lets the call fail. Resolves when its run waits for its next attempt. */
    async fail(call = stage.calls.at(-1), error: unknown = retryable) {
      const { promise, resolve } = Promise.withResolvers<void>();
      rests.push(resolve);
      call?.fail(error);
      await promise;
    },
    /** Nothing of any run is left behind. */
    async expectNothing() {
      while (
        stage.scheduler.runningCount + stage.scheduler.queuedCount > 0 ||
        !stage.runner.active[Symbol.iterator]().next().done
      )
        await turn();
      expect(timers.size).toBe(0);
      expect(stage.scheduler).toMatchObject({
        runningCount: 0,
        queuedCount: 0,
      });
      expect([...stage.runner.active]).toEqual([]);
    },
    [Symbol.dispose]() {
      stage[Symbol.dispose]();
    },
  };
}

test("a run that fails is tried again as the same run while its caller goes on waiting", async () => {
  using scene = openRetries();
  const { stage } = scene;
  const { run } = await stage.accept();
  const outcome = waitForOutcome(run, Infinity);
  await scene.fail();
  expect(await stage.runs.find(run.id)).toMatchObject({
    status: "running",
    attempt: 1,
    nextAttemptAt: expect.any(Number),
  });
  expect([...countRuns(stage.runner)]).toEqual([]);
  const begins = stage.nextCall();
  scene.ring();
  const { context, end } = await begins;
  expect(context.attempt).toBe(2);
  expect(context.signal.aborted).toBe(false);
  const during = await stage.runs.find(run.id);
  expect(during).toMatchObject({ attempt: 2, nextAttemptAt: null });
  expect((await stage.runs.list({ limit: 10 })).runs).toHaveLength(1);
  end("at last");
  expect(await outcome).toEqual({ status: "passed", result: '"at last"' });
  expect(await stage.runs.find(run.id)).toMatchObject({
    status: "passed",
    attempt: 2,
    startedAt: during?.startedAt,
    nextAttemptAt: null,
  });
  await scene.expectNothing();
});

describe("what is tried again", () => {
  const on = ["busy", "TypeError", "invalid_result"];
  test.each([
    ["an ActionError that says it is retryable", true, retryable],
    ["an ActionError that says nothing", false, new ActionError("No.")],
    [
      "an ActionError whose code is listed",
      true,
      new ActionError("B.", { code: "busy" }),
    ],
    [
      "an ActionError whose code is listed and that says it is not retryable",
      false,
      new ActionError("B.", { code: "busy", retryable: false }),
    ],
    ["an error whose name is listed", true, new TypeError("x")],
    ["an error whose name is not", false, new RangeError("x")],
    ["something else that was thrown", false, "busy"],
  ])(
    "when the code throws %s, whether it is tried again is %p",
    async (_, isRetried, error) => {
      using scene = openRetries({ retries: { on } });
      const { run } = await scene.stage.accept();
      const outcome = waitForOutcome(run, Infinity);
      if (isRetried) {
        await scene.fail(undefined, error);
        await scene.cancel(run.id);
      } else scene.stage.calls[0]?.fail(error);
      expect(await outcome).toMatchObject({
        status: isRetried ? "cancelled" : "failed",
      });
      await scene.expectNothing();
    },
  );

  test.each([
    [["invalid_result"], true],
    [[], false],
  ])(
    "when an invalid result meets the listed codes %p, whether it is tried again is %p",
    async (listed, isRetried) => {
      using scene = openRetries({ retries: { on: listed } });
      const { run } = await scene.stage.accept();
      const outcome = waitForOutcome(run, Infinity);
      scene.stage.calls[0]?.end(1n);
      if (isRetried) {
        while (scene.timers.size === 0) await turn();
        await scene.cancel(run.id);
      }
      expect(await outcome).toMatchObject({
        error: { code: isRetried ? "run_cancelled" : "invalid_result" },
      });
    },
  );
});

test("back-offs double up to their maximum with a random part, and the last failure stands", async () => {
  using scene = openRetries({
    retries: { attempts: 5, backoff: 1, maxBackoff: 3 },
  });
  const { run } = await scene.stage.accept();
  const outcome = waitForOutcome(run, Infinity);
  for (const expected of [500, 1000, 1500, 1500]) {
    const before = Date.now();
    await scene.fail();
    const kept = await scene.stage.runs.find(run.id);
    const nextAttemptAt = kept?.nextAttemptAt;
    expect(nextAttemptAt).toBeGreaterThanOrEqual(before + expected);
    expect(nextAttemptAt).toBeLessThanOrEqual(Date.now() + expected);
    const begins = scene.stage.nextCall();
    scene.ring();
    await begins;
  }
  scene.stage.calls[4]?.fail(retryable);
  expect(await outcome).toMatchObject({
    status: "failed",
    error: { message: "Later." },
  });
  expect((await scene.stage.runs.find(run.id))?.attempt).toBe(5);
  await scene.expectNothing();
});

test("a run that backs off leaves its slot to another and then queues behind those that wait", async () => {
  using scene = openRetries();
  const { stage } = scene;
  const first = await stage.accept();
  const second = await stage.accept();
  const begins = stage.nextCall();
  await scene.fail();
  const { end, context } = await begins;
  expect(context.runId).toBe(second.run.id);
  expect(stage.scheduler).toMatchObject({ runningCount: 1, queuedCount: 1 });
  scene.ring();
  await turn();
  expect(stage.calls).toHaveLength(2);
  const again = stage.nextCall();
  end(null);
  expect((await again).context).toMatchObject({
    runId: first.run.id,
    attempt: 2,
  });
});

describe("the run's time", () => {
  test("the run's time goes on while it backs off", async () => {
    using scene = openRetries({ retries: { backoff: 0.001 } });
    const { run } = await scene.stage.accept({ runTimeoutMs: 30 });
    const outcome = waitForOutcome(run, Infinity);
    await scene.fail();
    expect(await outcome).toMatchObject({ error: { code: "run_timed_out" } });
    await scene.expectNothing();
  });

  test("the failure stands at once when the run's time would be over before the next attempt", async () => {
    using scene = openRetries({ retries: { backoff: 60 } });
    const { run } = await scene.stage.accept({ runTimeoutMs: 5000 });
    scene.stage.calls[0]?.fail(retryable);
    expect(await waitForOutcome(run, Infinity)).toMatchObject({
      error: { message: "Later." },
    });
    await scene.expectNothing();
  });
});

describe("cancel", () => {
  test.each([
    ["while it backs off", async () => {}],
    [
      "before the back-off ends",
      async (
        scene: ReturnType<typeof openRetries>,
        answer: Promise<unknown>,
      ) => {
        scene.ring();
        await answer;
      },
    ],
  ])("a run that is cancelled %s is not called again", async (_, then) => {
    using scene = openRetries();
    const { run } = await scene.stage.accept();
    await scene.fail();
    const answer = scene.cancel(run.id);
    await then(scene, answer);
    expect(await answer).toBe("cancelled");
    expect((await scene.stage.runs.find(run.id))?.status).toBe("cancelled");
    expect(scene.stage.calls).toHaveLength(1);
    await scene.expectNothing();
  });

  test("a run that is cancelled before it has its slot again is not called again", async () => {
    using scene = openRetries();
    const { run } = await scene.stage.accept();
    await scene.fail();
    scene.ring();
    expect(scene.stage.scheduler.runningCount).toBe(0);
    expect(await scene.cancel(run.id)).toBe("cancelled");
    expect(scene.stage.calls).toHaveLength(1);
    await scene.expectNothing();
  });

  test("a run that is cancelled while its next attempt is being recorded is not called again", async () => {
    using scene = openRetries();
    const { run } = await scene.stage.accept();
    await scene.fail();
    const resumes = scene.stage.untilAsked("resume");
    scene.ring();
    await resumes;
    expect(scene.stage.scheduler.runningCount).toBe(1);
    expect(await scene.cancel(run.id)).toBe("cancelled");
    expect(scene.stage.calls).toHaveLength(1);
    await scene.expectNothing();
  });

  test("a cancel after the next attempt has begun aborts its signal", async () => {
    using scene = openRetries();
    const { run } = await scene.stage.accept();
    await scene.fail();
    const begins = scene.stage.nextCall();
    scene.ring();
    const { context, fail } = await begins;
    expect(await scene.cancel(run.id)).toBe("cancelled");
    expect(context.signal.aborted).toBe(true);
    fail(retryable);
    await scene.expectNothing();
    expect(scene.stage.calls).toHaveLength(2);
  });

  test("a run that is cancelled while it waits for a slot again is not called again", async () => {
    using scene = openRetries();
    const { run } = await scene.stage.accept();
    await scene.stage.accept();
    const begins = scene.stage.nextCall();
    await scene.fail();
    const { end } = await begins;
    scene.ring();
    await turn();
    expect(await scene.cancel(run.id)).toBe("cancelled");
    end(null);
    await scene.expectNothing();
  });
});

const callbackUrl = new URL("http://127.0.0.1:9/");

/** A caller that waits for its own run, with a callback. */
function asCaller({
  waitMs,
  signal = new AbortController().signal,
  onDisconnect = "continue" as const,
}: {
  waitMs: number;
  signal?: AbortSignal;
  onDisconnect?: "continue" | "cancel";
}) {
  return { waitMs, callbackUrl, onDisconnect, connection: { signal } };
}

test("a caller whose wait ends while a run backs off is detached and called back", async () => {
  using scene = openRetries();
  const { stage } = scene;
  const { run } = await stage.accept({ callbackUrl });
  await scene.fail();
  const told = await waitOrDetach(run, asCaller({ waitMs: 1 }), {
    store: stage.runs,
    events: stage.events,
  });
  expect(told).toBe("detached");
  const begins = stage.nextCall();
  scene.ring();
  const { end } = await begins;
  const outcome = waitForOutcome(run, Infinity);
  end(1);
  await outcome;
  expect(stage.owed).toEqual(["127.0.0.1:9"]);
});

test("a connection that breaks while a run backs off cancels the run if that was asked for", async () => {
  using scene = openRetries();
  const { stage } = scene;
  const { run } = await stage.accept({ callbackUrl });
  await scene.fail();
  const connection = new AbortController();
  const told = waitOrDetach(
    run,
    asCaller({
      waitMs: Infinity,
      signal: connection.signal,
      onDisconnect: "cancel",
    }),
    { store: stage.runs, events: stage.events },
  );
  connection.abort();
  expect(await told).toBe("detached");
  await scene.expectNothing();
  expect((await stage.runs.find(run.id))?.status).toBe("cancelled");
});

describe("stops of the server", () => {
  test("a stop leaves a run that backs off to the next start and tells its caller", async () => {
    using scene = openRetries();
    const { stage } = scene;
    const { run } = await stage.accept();
    await scene.fail();
    const waiting = Promise.allSettled([waitForOutcome(run, Infinity)]);
    const drained = drain(60_000, { ...stage, store: stage.runs });
    expect(await drained).toBe(0);
    expect(await waiting).toMatchObject([
      { status: "rejected", reason: { code: "shutting_down" } },
    ]);
    expect(await stage.runs.find(run.id)).toMatchObject({
      status: "running",
      attempt: 1,
      nextAttemptAt: expect.any(Number),
      detached: true,
    });
    await scene.expectNothing();
  });

  test("a stop leaves a run that begins to back off meanwhile to the next start as well", async () => {
    using scene = openRetries();
    const { stage } = scene;
    const { run } = await stage.accept();
    const waiting = Promise.allSettled([waitForOutcome(run, Infinity)]);
    const drained = drain(60_000, { ...stage, store: stage.runs });
    stage.calls[0]?.fail(retryable);
    expect(await drained).toBe(0);
    expect(await waiting).toMatchObject([
      { status: "rejected", reason: { code: "shutting_down" } },
    ]);
    expect(await stage.runs.find(run.id)).toMatchObject({
      status: "running",
      nextAttemptAt: expect.any(Number),
    });
    await scene.expectNothing();
  });
});
