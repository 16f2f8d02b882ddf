/** Lists among many runs: each costs what it returns. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { drizzle } from "drizzle-orm/bun-sqlite";
import type { RunFilter } from "../../../src/run/store.ts";
import { prepareReads } from "../../../src/store/sqlite/thread/read/reads.ts";
import { leastTime } from "../../least-time.ts";
import { makeRun, openTemporaryStore } from "./temporary-store.ts";

/** Every other run is of "bulk"; the newest and the oldest are the few that a list looks for. */
const FEW = 1000;
const MANY = 100_000;

let kept: ReturnType<typeof openTemporaryStore>;
beforeAll(() => {
  kept = openTemporaryStore();
});
afterAll(async () => {
  await kept[Symbol.asyncDispose]();
});

function insert(from: number, to: number): void {
  kept.meddle((sqlite) =>
    sqlite.run(`
      INSERT INTO runs (id, package, action, status, input, request_id, owner, created_at)
      WITH RECURSIVE number(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM number WHERE n < ${to})
      SELECT 'run ' || n,
        CASE n WHEN 7 THEN 'rare' ELSE 'bulk' || n % 3 END,
        CASE n WHEN 7 THEN 'seldom' ELSE 'act' || n % 5 END,
        CASE n WHEN 7 THEN 3 WHEN 8 THEN 1 ELSE 2 END,
        '{}',
        CASE WHEN n = 7 THEN 'seven' WHEN n % 2 THEN 'r' || n ELSE '' END,
        CASE WHEN n = 7 THEN 'small' WHEN n % 2 THEN 'large' ELSE '' END,
        n
      FROM number`),
  );
}

const FILTERS: [filter: Omit<RunFilter, "limit">, found: number[]][] = [
  [{ statuses: ["running"] }, [8]],
  [{ statuses: ["queued"] }, []],
  [{ statuses: ["failed", "running"] }, [8, 7]],
  [{ package: "rare" }, [7]],
  [{ package: "none" }, []],
  [{ action: "seldom" }, [7]],
  [{ action: "none" }, []],
  [{ package: "bulk1", statuses: ["failed"] }, []],
  [{ package: "rare", action: "seldom", statuses: ["failed"] }, [7]],
  [{ action: "act1", statuses: ["cancelled", "failed"] }, []],
  [{ requestId: "seven" }, [7]],
  [{ requestId: "none" }, []],
  [{ requestId: "seven", statuses: ["passed"] }, []],
  [{ requestId: "seven", owner: "small", package: "rare" }, [7]],
  [{ requestId: "seven", owner: "large" }, []],
  [{ owner: "small" }, [7]],
  [{ owner: "small", statuses: ["failed"] }, [7]],
  [{ owner: "large", statuses: ["failed"] }, []],
  [{ owner: "large", package: "rare" }, []],
  [{ owner: "large", action: "none", statuses: ["running"] }, []],
  [{ before: 9, statuses: ["failed", "running"] }, [8, 7]],
  [{ before: 7, statuses: ["failed", "running"] }, []],
];

test("every filter finds its runs, and takes no longer among a hundred thousand runs than among a thousand", async () => {
  const time = async () => {
    const times: number[] = [];
    for (const [filter, found] of FILTERS) {
      const list = async () => {
        const { runs } = await kept.runs.list({ limit: 200, ...filter });
        expect(runs.map(({ numberedId }) => numberedId)).toEqual(found);
      };
      times.push(await leastTime(list));
    }
    return times;
  };
  insert(1, FEW);
  const few = await time();
  insert(FEW + 1, MANY);
  const many = await time();
  // A hundred times where the others are looked through; a part of that is the way to the thread.
  for (const [index, [filter]] of FILTERS.entries())
    expect([filter, many[index]! < few[index]! * 5 + 1]).toEqual([
      filter,
      true,
    ]);
});

test("a page of many groups is newest first and says whether there is more", async () => {
  const page = await kept.runs.list({ limit: 100, statuses: ["passed"] });
  const ids = page.runs.map(({ numberedId }) => numberedId);
  expect(ids).toEqual(Array.from({ length: 100 }, (_, age) => MANY - age));
  expect(page.hasMore).toBe(true);
  const last = await kept.runs.list({
    limit: 6,
    before: 7,
    statuses: ["passed"],
  });
  expect(last.runs.map(({ numberedId }) => numberedId)).toEqual([
    6, 5, 4, 3, 2, 1,
  ]);
  expect(last.hasMore).toBe(false);
});

test("what the runs of each key take is the size of their texts", async () => {
  const usage = new Map(await kept.store.reader.ask(["usage", null]));
  // Each input is `{}`.
  expect(usage.get("small")).toBe(2);
  expect(usage.get("large")).toBe(2 * (MANY / 2 - 1));
});

test("no list looks through the table or sorts what an index holds in order", () => {
  using sqlite = new Database(kept.file, { readwrite: true });
  const asked: string[] = [];
  const listening = new Proxy(sqlite, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...values: unknown[]) => {
        if (name === "prepare") asked.push(String(values[0]));
        return value.apply(target, values) as unknown;
      };
    },
  });
  const reads = prepareReads(listening, drizzle({ client: sqlite }));
  // Each statement is written when it is first needed.
  for (const owner of [undefined, "small"])
    for (const requestId of [undefined, "", "nope"]) {
      const whose = owner === undefined ? {} : { owner };
      const asking = requestId === undefined ? {} : { requestId };
      reads.runs({ limit: 1, maxBytes: 1, ...whose, ...asking });
    }
  reads.runs({ limit: 1, maxBytes: 1, isLean: true, statuses: ["failed"] });
  sqlite.run("INSERT INTO run_events (run, facts, number) VALUES (0, 0, 0)");
  const [[last]] = sqlite.query("SELECT max(seq) FROM run_events").values() as [
    [number],
  ];
  reads.events(last);
  reads.run(makeRun().id);
  expect(asked).toHaveLength(18);
  const steps = asked.flatMap((text) =>
    sqlite
      .query(`EXPLAIN QUERY PLAN ${text}`)
      .values(...(text.match(/\?/g) ?? []).map(() => 1))
      .map(([, , , step]) => `${String(step)} ← ${text}`),
  );
  // Runs without a request id are looked for among all, newest first: nearly all there are have none.
  const found = steps.filter(
    (step) =>
      /^(?:SCAN runs|USE TEMP B-TREE)/.test(step) &&
      !step.includes('+"runs"."owner"'),
  );
  expect(found).toEqual([]);
});
