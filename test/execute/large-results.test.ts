import { afterAll, describe, expect, test } from "bun:test";
import { type Action, action, t } from "../../src/sdk.ts";
import { ByteBudget } from "../../src/byte-budget.ts";
import { toEntry } from "../../src/catalog/catalog-entry.ts";
import type { CatalogEntry } from "../../src/catalog/catalog-entry.ts";
import { LargeResults } from "../../src/execute/large-results.ts";
import { CheckWorker } from "../../src/run/input/check-worker.ts";
import { InputReader } from "../../src/run/input/input-reader.ts";
import { makeTask } from "../run/task.ts";

const thread = new URL("../../src/run/input/check-thread.ts", import.meta.url)
  .href;
const worker = new CheckWorker({ thread, maxMs: 5000 });
const inputs = new InputReader(
  { maxInputBytes: 1, maxInputDepth: 1, maxInputValues: 1 },
  worker,
);
afterAll(() => {
  worker[Symbol.dispose]();
});

const MAX_BYTES = 20_000_000;

function open() {
  const held = new ByteBudget({ maxBytes: 1e9, maxBytesPerKey: 1e9 });
  const large = new LargeResults({
    maxResultBytes: MAX_BYTES,
    held,
    check: (order) => inputs.checkResult(order),
  });
  return { held, large };
}

function entryOf(output: Parameters<typeof action>[0]["output"] = t.Any()) {
  const value: Action = action({ output, run: () => null });
  return toEntry({
    file: "/large.ts",
    packageName: "large",
    name: "act",
    value,
  }) as CatalogEntry;
}

/** Counts how often other things have had their turn. */
function countTurns() {
  let count = 0;
  const timer = setInterval(() => (count += 1), 0);
  return () => {
    clearInterval(timer);
    return count;
  };
}

const rows = Array.from({ length: 120_000 }, (_, index) => ({
  index,
  name: `row ${index}`,
  isEven: index % 2 === 0,
}));

describe("a large result", () => {
  test("is written while other things have their turns, and counted until its run has ended", async () => {
    const { held, large } = open();
    const kept = new DisposableStack();
    const task = {
      ...makeTask(entryOf()),
      holdUntilEnd: (each: Disposable) => kept.use(each),
    };
    const stop = countTurns();
    const outcome = await large.toOutcome(task, rows);
    expect(stop()).toBeGreaterThan(3);
    expect(outcome).toEqual({ status: "passed", result: JSON.stringify(rows) });
    expect(held.heldBytes).toBeGreaterThan(5_000_000);
    kept.dispose();
    expect(held.heldBytes).toBe(0);
  });

  test("is checked against its schema in the thread", async () => {
    const { held, large } = open();
    const row = t.Object({ index: t.Number(), name: t.String() });
    const task = makeTask(entryOf(t.Array(row)));
    expect(await large.toOutcome(task, rows)).toMatchObject({
      status: "passed",
    });
    const wrong = [...rows, { index: "120000" }];
    expect(await large.toOutcome(task, wrong)).toMatchObject({
      status: "failed",
      error: {
        code: "invalid_result",
        message: expect.stringContaining('at "/120000'),
      },
    });
    expect(held.heldBytes).toBe(0);
  });

  test("that is larger than any that is kept is not written to its end", async () => {
    const { large } = open();
    const outcome = await large.toOutcome(
      makeTask(entryOf()),
      "x".repeat(MAX_BYTES * 2),
    );
    expect(outcome).toMatchObject({
      error: {
        code: "result_too_large",
        message: expect.stringMatching(/at least 200\d{5} bytes/),
      },
    });
  });

  test("that JSON has no place for is refused with the reason", async () => {
    const { large } = open();
    const outcome = await large.toOutcome(makeTask(entryOf()), [
      rows,
      new Map(),
    ]);
    expect(outcome).toMatchObject({
      error: {
        code: "invalid_result",
        message: expect.stringContaining("contains a Map"),
      },
    });
  });

  test("of a run that was ended is not written to its end", async () => {
    const { held, large } = open();
    const end = new AbortController();
    const task = makeTask(entryOf(), end.signal);
    const writing = large.toOutcome(task, rows);
    end.abort(new Error("It was cancelled."));
    expect(await writing).toMatchObject({ status: "failed" });
    expect(held.heldBytes).toBe(0);
  });

  test("waits for the one before it, and keys take turns", async () => {
    const { large } = open();
    const ended: string[] = [];
    const write = async (owner: string) => {
      const kept = new DisposableStack();
      const task = { ...makeTask(entryOf()), owner };
      const holdUntilEnd = (each: Disposable) => kept.use(each);
      await large.toOutcome({ ...task, holdUntilEnd }, "x".repeat(3_000_000));
      ended.push(owner);
      kept.dispose();
    };
    await Promise.all(["a", "a", "a", "b"].map(write));
    expect(ended.indexOf("b")).toBeLessThan(3);
    expect(ended).toHaveLength(4);
  });
});
