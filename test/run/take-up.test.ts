import { describe, expect, test } from "bun:test";
import { action } from "../../src/action/action.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { type CatalogEntry, toEntry } from "../../src/catalog/catalog-entry.ts";
import type { ActiveRun } from "../../src/run/active/active-run.ts";
import type { Run } from "../../src/run/run.ts";
import type { Place } from "../../src/queue/turns.ts";
import { recover, takeUp } from "../../src/run/take-up.ts";
import { toFingerprint } from "../../src/run/repeat.ts";
import { waitForOutcome } from "../../src/run/wait.ts";
import { makeRun } from "../store/sqlite/temporary-store.ts";
import { openStage } from "./stage.ts";
import { turn } from "../turn.ts";

function catalogOf(...entries: CatalogEntry[]): Catalog {
  return {
    find: (_, name) => entries.find((entry) => entry.name === name),
    list: () => entries,
  };
}

function entryOf(
  name: string,
  definition: Partial<Parameters<typeof action>[0]>,
): CatalogEntry {
  return toEntry({
    file: "take-up.ts",
    packageName: "stage",
    name,
    value: action({ run: () => "done", ...definition }),
  }) as CatalogEntry;
}

const plain = entryOf("plain", {});
const again = entryOf("again", {
  onInterrupt: "retry",
  maxAttempts: 3,
  run: (_input, { attempt }) => attempt,
});

async function recovered(
  run: Partial<ReturnType<typeof makeRun>>,
  catalog: Catalog,
  attempt = 1,
) {
  const stage = openStage();
  const kept = makeRun({ package: "stage", ...run });
  await stage.runs.insert(kept);
  if (attempt > 1) await stage.runs.start(kept.id, 1000, attempt);
  const counts = await recover(await stage.runs.unfinished(), {
    store: stage.runs,
    catalog,
    scheduler: stage.scheduler,
    quota: stage.quota,
    runner: stage.runner,
    events: stage.events,
    nameOf: () => "",
  });
  const active = stage.runner.find(kept.id);
  if (active !== undefined) await waitForOutcome(active, Infinity);
  const { owed, deliveries } = stage;
  return {
    counts,
    owed,
    run: await stage.runs.find(kept.id),
    delivery: await deliveries.find(kept.id),
    [Symbol.dispose]() {
      stage[Symbol.dispose]();
    },
  };
}

describe("runs that were running", () => {
  test("a run that was running is cancelled and owes its callback although its caller was waiting", async () => {
    using after = await recovered({ action: "plain" }, catalogOf(plain));
    expect(after.counts).toEqual({ interruptedCount: 1, queuedCount: 0 });
    expect(after.run).toMatchObject({
      status: "cancelled",
      error: { code: "interrupted" },
      detached: true,
    });
    expect(after.delivery?.state).toBe("pending");
  });

  test("a run that was running is cancelled when its action is gone", async () => {
    using after = await recovered({ action: "gone" }, catalogOf());
    expect(after.run).toMatchObject({ status: "cancelled" });
  });

  test.each([
    [1, "passed", "2"],
    [2, "passed", "3"],
    [3, "cancelled", null],
  ])(
    "a run that was running in its attempt %d of 3 ends as %s",
    async (attempt, status, result) => {
      using after = await recovered(
        { action: "again" },
        catalogOf(again),
        attempt,
      );
      expect(after.run).toMatchObject({ status, result });
    },
  );
});

describe("runs that were queued", () => {
  const queued = { startedAt: null };

  test("a run that was queued runs and is recorded as running meanwhile", async () => {
    using after = await recovered(
      { action: "plain", ...queued },
      catalogOf(plain),
    );
    expect(after.counts).toEqual({ interruptedCount: 0, queuedCount: 1 });
    expect(after.run).toMatchObject({
      status: "passed",
      result: '"done"',
      attempt: 1,
      startedAt: expect.any(Number),
    });
    expect(after.owed).toEqual(["127.0.0.1:9"]);
  });

  test("a run whose secrets came with its request fails, and its callback is owed", async () => {
    const run = { action: "plain", sentSecrets: true, ...queued };
    using after = await recovered(run, catalogOf(plain));
    expect(after.run).toMatchObject({
      status: "failed",
      error: { code: "secrets_lost" },
      startedAt: null,
    });
    expect(after.delivery?.state).toBe("pending");
  });

  test("a run that was queued fails when its action is gone", async () => {
    using after = await recovered({ action: "gone", ...queued }, catalogOf());
    expect(after.run).toMatchObject({
      status: "failed",
      error: { code: "action_not_found" },
    });
  });

  test("a run that was queued fails when its input is no longer valid", async () => {
    using after = await recovered(
      { action: "plain", input: "[]", ...queued },
      catalogOf(plain),
    );
    expect(after.run).toMatchObject({
      status: "failed",
      error: { code: "invalid_input" },
    });
  });
});

describe("runs that backed off", () => {
  const startedAt = Date.now() - 5000;

  async function backingOff(runTimeoutMs: number | null, due: number) {
    const stage = openStage(undefined, { retries: { attempts: 2 } });
    const kept = makeRun({
      package: "stage",
      action: "act",
      startedAt,
      runTimeoutMs,
    });
    await stage.runs.insert(kept);
    await stage.runs.postpone(kept.id, due);
    const begins = stage.nextCall();
    const counts = await recover(await stage.runs.unfinished(), {
      store: stage.runs,
      catalog: catalogOf(stage.entry),
      scheduler: stage.scheduler,
      quota: stage.quota,
      runner: stage.runner,
      events: stage.events,
      nameOf: () => "",
    });
    expect(counts).toEqual({ interruptedCount: 0, queuedCount: 1 });
    const run = stage.runner.find(kept.id) as ActiveRun;
    return { stage, run, begins };
  }

  test("a run that backed off goes on with its next attempt and keeps its start time", async () => {
    const { stage, run, begins } = await backingOff(null, Date.now() - 1);
    using _ = stage;
    const { context, end } = await begins;
    expect(context.attempt).toBe(2);
    end("done");
    await waitForOutcome(run, Infinity);
    const after = await stage.runs.find(run.id);
    expect(after).toMatchObject({ status: "passed", attempt: 2, startedAt });
    expect(after?.runMs).toBeGreaterThanOrEqual(5000);
    expect(stage.owed).toEqual(["127.0.0.1:9"]);
  });

  test("a run that backed off goes on backing off and has no more time than before", async () => {
    const { stage, run } = await backingOff(5010, Date.now() + 60_000);
    using _ = stage;
    expect(stage.scheduler).toMatchObject({ runningCount: 0, queuedCount: 1 });
    expect(await waitForOutcome(run, Infinity)).toMatchObject({
      error: { code: "run_timed_out" },
    });
    expect(stage.calls).toEqual([]);
    await turn();
    expect(stage.scheduler.queuedCount).toBe(0);
  });
});

describe("runs that others have left to this process", () => {
  function openPlace() {
    let isGivenBack = false;
    const place: Place = {
      turn: undefined,
      isHeld: true,
      isShared: true,
      attempt: 2,
      rest: () => undefined,
      rejoin: () => undefined,
      [Symbol.dispose]: () => {
        isGivenBack = true;
      },
    };
    return { place, isGivenBack: () => isGivenBack };
  }

  async function given(name: string) {
    const stage = openStage();
    const kept = makeRun({ package: "stage", action: name });
    await stage.runs.insert(kept);
    await stage.runs.start(kept.id, 1000, 2);
    const run = (await stage.runs.find(kept.id)) as Run;
    const { place, isGivenBack } = openPlace();
    const catalog = catalogOf(again);
    const nameOf = () => "";
    const parts = { ...stage, store: stage.runs, catalog, nameOf };
    await takeUp(run, place, parts);
    const active = stage.runner.find(run.id);
    if (active !== undefined) await waitForOutcome(active, Infinity);
    await turn();
    const after = await stage.runs.find(run.id);
    stage[Symbol.dispose]();
    return { after, isGivenBack };
  }

  test("a run that was given goes on with its attempt and gives its slot back", async () => {
    const { after, isGivenBack } = await given("again");
    expect(after).toMatchObject({ status: "passed", result: "2", attempt: 2 });
    expect(isGivenBack()).toBe(true);
  });

  test("a run that was given fails when its action is gone", async () => {
    const { after, isGivenBack } = await given("gone");
    expect(after).toMatchObject({ error: { code: "action_not_found" } });
    expect(isGivenBack()).toBe(true);
  });
});

test("a run that is queued again still belongs to its idempotency key", async () => {
  using stage = openStage();
  const key = { idempotencyKey: "k", package: "stage", action: "act" };
  const fingerprint = toFingerprint("stage/act", {});
  const kept = makeRun({ ...key, fingerprint, startedAt: null });
  await stage.runs.insert(kept);
  const begins = stage.nextCall();
  await recover(await stage.runs.unfinished(), {
    store: stage.runs,
    catalog: catalogOf(stage.entry),
    scheduler: stage.scheduler,
    quota: stage.quota,
    runner: stage.runner,
    events: stage.events,
    nameOf: () => "",
  });
  await begins;
  const repeated = await stage.accept({ idempotencyKey: "k" });
  expect(repeated).toMatchObject({ isRepeat: true, run: { id: kept.id } });
  await repeated.run.recorded;
  expect(stage.calls).toHaveLength(1);
  expect(
    stage.accept({ idempotencyKey: "k", input: { other: 1 } }),
  ).rejects.toMatchObject({ code: "idempotency_key_reused" });
});

test("a repeated request is recognised whatever the order of its input's members", async () => {
  const one = { a: 1, b: { c: [1, { d: null, e: 2 }], f: 3 } };
  const other = { b: { f: 3, c: [1, { e: 2, d: null }] }, a: 1 };
  expect(toFingerprint("a/b", one)).toBe(toFingerprint("a/b", other));
  expect(toFingerprint("a/c", one)).not.toBe(toFingerprint("a/b", one));
  expect(toFingerprint("a/b", { ...one, a: "1" })).not.toBe(
    toFingerprint("a/b", one),
  );
});
