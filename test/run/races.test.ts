import { expect, test } from "bun:test";
import { ANYONE } from "../../src/access/caller.ts";
import { cancel } from "../../src/run/cancel.ts";
import { waitForOutcome, waitOrDetach } from "../../src/run/wait.ts";
import { openStage } from "./stage.ts";
import { turn } from "../turn.ts";

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

function partsOf(stage: ReturnType<typeof openStage>) {
  return {
    caller: ANYONE,
    store: stage.runs,
    runner: stage.runner,
    events: stage.events,
  };
}

test("a cancel before the end cancels the run, and the end changes nothing", async () => {
  using stage = openStage();
  const { run } = await stage.accept();
  const outcome = waitForOutcome(run, Infinity);
  const answer = cancel(run.id, partsOf(stage));
  stage.calls[0]?.end("too late");
  expect(await answer).toBe("cancelled");
  expect(await outcome).toMatchObject({ status: "cancelled" });
  expect(await stage.runs.find(run.id)).toMatchObject({
    status: "cancelled",
    result: null,
    error: { code: "run_cancelled" },
  });
});

test("a cancel after the end but before it is on disk is answered not-running, and the result stands", async () => {
  using stage = openStage();
  const { run } = await stage.accept();
  const outcome = waitForOutcome(run, Infinity);
  const ends = stage.untilAsked("finish");
  stage.calls[0]?.end("in time");
  await ends;
  expect(await cancel(run.id, partsOf(stage))).toBe("not-running");
  expect(await outcome).toEqual({ status: "passed", result: '"in time"' });
  expect((await stage.runs.find(run.id))?.status).toBe("passed");
});

test("the first of two cancels at once is told that it ended the run", async () => {
  using stage = openStage();
  const { run } = await stage.accept();
  expect(
    await Promise.all([
      cancel(run.id, partsOf(stage)),
      cancel(run.id, partsOf(stage)),
    ]),
  ).toEqual(["cancelled", "not-running"]);
  expect(await cancel(run.id, partsOf(stage))).toBe("not-running");
});

test("a cancel frees the slot only when the code has really ended", async () => {
  using stage = openStage({ running: 1, queued: 1 });
  const first = await stage.accept();
  const second = await stage.accept();
  expect(await cancel(first.run.id, partsOf(stage))).toBe("cancelled");
  expect(stage.calls[0]?.context.signal.aborted).toBe(true);
  expect(stage.calls).toHaveLength(1);
  expect((await stage.runs.find(second.run.id))?.status).toBe("queued");
  const begins = stage.nextCall();
  stage.calls[0]?.end(null);
  await begins;
  expect((await stage.runs.find(second.run.id))?.status).toBe("running");
});

test("a queued run that is cancelled never runs", async () => {
  using stage = openStage({ running: 1, queued: 1 });
  await stage.accept();
  const { run } = await stage.accept();
  const answer = cancel(run.id, partsOf(stage));
  stage.calls[0]?.end(null);
  expect(await answer).toBe("cancelled");
  expect(stage.calls).toHaveLength(1);
  expect(await stage.runs.find(run.id)).toMatchObject({
    status: "cancelled",
    startedAt: null,
    runMs: null,
  });
  await turn();
  expect(stage.scheduler).toMatchObject({ runningCount: 0, queuedCount: 0 });
});

test("a run that is cancelled after it got its turn but before its start is on disk never runs", async () => {
  using stage = openStage({ running: 1, queued: 1 });
  const first = await stage.accept();
  const { run } = await stage.accept();
  const ended = waitForOutcome(first.run, Infinity);
  const starts = stage.untilAsked("start");
  stage.calls[0]?.end(null);
  await ended;
  await starts;
  expect(stage.scheduler).toMatchObject({ runningCount: 1, queuedCount: 0 });
  expect(await cancel(run.id, partsOf(stage))).toBe("cancelled");
  await turn();
  expect(stage.calls).toHaveLength(1);
  expect(stage.scheduler.runningCount).toBe(0);
});

test("a cancel after the start aborts the signal and cancels the run", async () => {
  using stage = openStage({ running: 1, queued: 1 });
  await stage.accept();
  const { run } = await stage.accept();
  const begins = stage.nextCall();
  stage.calls[0]?.end(null);
  const { context } = await begins;
  expect(await cancel(run.id, partsOf(stage))).toBe("cancelled");
  expect(context.signal.aborted).toBe(true);
  expect((context.signal.reason as Error).message).toBe(
    "The run was cancelled.",
  );
});

test("a caller whose wait ends before the run is told async-return and called back", async () => {
  using stage = openStage();
  const { run } = await stage.accept({ callbackUrl, waitMs: 1 });
  const told = await waitOrDetach(run, asCaller({ waitMs: 1 }), {
    store: stage.runs,
    events: stage.events,
  });
  expect(told).toBe("detached");
  const outcome = waitForOutcome(run, Infinity);
  stage.calls[0]?.end(1);
  await outcome;
  expect(stage.owed).toEqual(["127.0.0.1:9"]);
  expect((await stage.deliveries.find(run.id))?.state).toBe("pending");
});

test("a caller gets the outcome and no callback when the run ends while the detach is on its way", async () => {
  using stage = openStage();
  const { run } = await stage.accept({ callbackUrl });
  let detaches = 0;
  const store = {
    ...stage.runs,
    async detach(id: string) {
      detaches += 1;
      const ends = stage.untilAsked("finish");
      stage.calls[0]?.end("just in time");
      await ends;
      return await stage.runs.detach(id);
    },
  };
  const told = await waitOrDetach(run, asCaller({ waitMs: 1 }), {
    store,
    events: stage.events,
  });
  expect(told).toEqual({ status: "passed", result: '"just in time"' });
  expect(detaches).toBe(1);
  expect(await stage.deliveries.find(run.id)).toBeUndefined();
});

test("a callback is owed when the connection breaks before the end", async () => {
  using stage = openStage();
  const { run } = await stage.accept({ callbackUrl });
  const connection = new AbortController();
  const told = waitOrDetach(
    run,
    asCaller({ waitMs: Infinity, signal: connection.signal }),
    { store: stage.runs, events: stage.events },
  );
  connection.abort();
  expect(await told).toBe("detached");
  const outcome = waitForOutcome(run, Infinity);
  stage.calls[0]?.end(1);
  await outcome;
  expect(stage.owed).toEqual(["127.0.0.1:9"]);
});

test("a callback is owed once when the connection breaks while the outcome is being recorded", async () => {
  using stage = openStage();
  const { run } = await stage.accept({ callbackUrl });
  const connection = new AbortController();
  const told = waitOrDetach(
    run,
    asCaller({ waitMs: Infinity, signal: connection.signal }),
    { store: stage.runs, events: stage.events },
  );
  const ends = stage.untilAsked("finish");
  stage.calls[0]?.end(1);
  await ends;
  connection.abort();
  expect(await told).toBe("detached");
  expect(stage.owed).toEqual(["127.0.0.1:9"]);
  expect(await stage.runs.find(run.id)).toMatchObject({
    status: "passed",
    detached: true,
  });
});

test.each(["the wait ends", "the connection breaks"])(
  "when %s while nothing can be recorded, the callback is owed as soon as it can be",
  async (what) => {
    using stage = openStage();
    const { run } = await stage.accept({ callbackUrl });
    const { recorded } = run;
    await recorded;
    stage.breakWrites();
    const connection = new AbortController();
    const owed = Promise.withResolvers<string>();
    using _ = stage.events.listen(["owed"], ({ host }) => {
      owed.resolve(host);
    });
    const told = waitOrDetach(
      run,
      asCaller({ waitMs: 1, signal: connection.signal }),
      { store: stage.runs, events: stage.events },
    );
    if (what === "the wait ends")
      expect(await Promise.allSettled([told])).toMatchObject([
        { status: "rejected", reason: { code: "store_unavailable" } },
      ]);
    else connection.abort();
    // What was asked for before it has been refused as well then.
    await stage.runs.insert(stage.makeRun()).catch(() => undefined);
    stage.mendWrites();
    stage.calls[0]?.end(1);
    await waitForOutcome(run, Infinity);
    expect(await stage.deliveries.find(run.id)).toBeUndefined();
    expect(await owed.promise).toBe("127.0.0.1:9");
    expect((await stage.deliveries.find(run.id))?.state).toBe("pending");
  },
);
