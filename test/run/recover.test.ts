import { describe, expect, test } from "bun:test";
import { action } from "../../src/action/action.ts";
import type { Catalog } from "../../src/action/catalog.ts";
import { type CatalogEntry, toEntry } from "../../src/action/catalog-entry.ts";
import { recover } from "../../src/run/recover.ts";
import { toFingerprint } from "../../src/run/repeat.ts";
import { waitForOutcome } from "../../src/run/wait.ts";
import { makeRun } from "../store/temporary-store.ts";
import { openStage } from "./stage.ts";

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
    file: "recover.ts",
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
  const counts = await recover({
    store: stage.runs,
    catalog,
    limit: stage.limit,
    runner: stage.runner,
  });
  const active = stage.runner.find(kept.id);
  if (active !== undefined) await waitForOutcome(active, Infinity);
  const { owed, deliveries } = stage;
  return {
    counts,
    owed,
    run: stage.runs.find(kept.id),
    delivery: deliveries.find(kept.id),
    [Symbol.dispose]() {
      stage[Symbol.dispose]();
    },
  };
}

describe("a run that was running", () => {
  test("is cancelled, and owes its callback although its caller was waiting", async () => {
    using after = await recovered({ action: "plain" }, catalogOf(plain));
    expect(after.counts).toEqual({ interruptedCount: 1, queuedCount: 0 });
    expect(after.run).toMatchObject({
      status: "cancelled",
      error: { code: "interrupted" },
      detached: true,
    });
    expect(after.delivery?.state).toBe("pending");
  });

  test("is cancelled when its action is gone", async () => {
    using after = await recovered({ action: "gone" }, catalogOf());
    expect(after.run).toMatchObject({ status: "cancelled" });
  });

  test.each([
    [1, "passed", "2"],
    [2, "passed", "3"],
    [3, "cancelled", null],
  ])(
    "for the %dth time, of three it may: %s",
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

describe("a run that was queued", () => {
  const queued = { startedAt: null };

  test("runs, and is on disk as running while it does", async () => {
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

  test("fails when its action is gone", async () => {
    using after = await recovered({ action: "gone", ...queued }, catalogOf());
    expect(after.run).toMatchObject({
      status: "failed",
      error: { code: "action_not_found" },
    });
  });

  test("fails when its input is none any more", async () => {
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

test("a run that is queued again is still the run of its idempotency key", async () => {
  using stage = openStage();
  const key = { idempotencyKey: "k", package: "stage", action: "act" };
  const fingerprint = toFingerprint("stage/act", {});
  const kept = makeRun({ ...key, fingerprint, startedAt: null });
  await stage.runs.insert(kept);
  const begins = stage.nextCall();
  await recover({
    store: stage.runs,
    catalog: catalogOf(stage.entry),
    limit: stage.limit,
    runner: stage.runner,
  });
  await begins;
  const repeated = await stage.accept({ idempotencyKey: "k" });
  expect(repeated).toMatchObject({ isRepeat: true, run: { id: kept.id } });
  await repeated.recorded;
  expect(stage.calls).toHaveLength(1);
  expect(
    stage.accept({ idempotencyKey: "k", input: { other: 1 } }),
  ).rejects.toMatchObject({ code: "idempotency_key_reused" });
});

test("a request is the same whatever the order of its input's members", () => {
  const one = { a: 1, b: { c: [1, { d: null, e: 2 }], f: 3 } };
  const other = { b: { f: 3, c: [1, { e: 2, d: null }] }, a: 1 };
  expect(toFingerprint("a/b", one)).toBe(toFingerprint("a/b", other));
  expect(toFingerprint("a/c", one)).not.toBe(toFingerprint("a/b", one));
  expect(toFingerprint("a/b", { ...one, a: "1" })).not.toBe(
    toFingerprint("a/b", one),
  );
});
