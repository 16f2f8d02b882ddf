/** Runs of several owners in one store. */
import { expect, test } from "bun:test";
import { leastTime } from "../../least-time.ts";
import { makeRun, openTemporaryStore } from "./temporary-store.ts";

test("an idempotency key is unique for each owner", async () => {
  using kept = openTemporaryStore();
  const runs = ["", "one", "two"].map((owner) =>
    makeRun({ owner, idempotencyKey: "k" }),
  );
  await Promise.all(runs.map((run) => kept.runs.insert(run)));
  for (const run of runs)
    expect((await kept.runs.findByIdempotencyKey(run.owner, "k"))?.id).toBe(
      run.id,
    );
  expect(await kept.runs.findByIdempotencyKey("three", "k")).toBeUndefined();
  const again = makeRun({ owner: "one", idempotencyKey: "k" });
  const earlier = runs.find(({ owner }) => owner === "one");
  expect((await kept.runs.insert(again))?.id).toBe(earlier!.id);
  expect(await kept.runs.find(again.id)).toBeUndefined();
});

test("a request id finds the oldest run of an owner or of all owners", async () => {
  using kept = openTemporaryStore();
  const [first, second, third] = ["one", "two", "two"].map((owner) =>
    makeRun({ owner, requestId: "r" }),
  );
  for (const run of [first, second, third]) await kept.runs.insert(run!);
  expect(await kept.runs.findByRequestId("r")).toBe(first!.id);
  expect(await kept.runs.findByRequestId("r", "two")).toBe(second!.id);
  expect(await kept.runs.findByRequestId("r", "three")).toBeUndefined();
});

test.each([
  {},
  { before: 4 },
  { statuses: ["running", "failed"] as const },
  { package: "probe", action: "noop" },
  { requestId: "r" },
])(
  "the list of an owner's runs with %j has no run of another",
  async (filter) => {
    using kept = openTemporaryStore();
    for (const owner of ["one", "two", "", "two", "one"])
      await kept.runs.insert(makeRun({ owner, requestId: "r" }));
    const listed = async (owner: string) =>
      (await kept.runs.list({ limit: 10, ...filter, owner })).runs.map(
        ({ numberedId }) => numberedId,
      );
    expect(await listed("two")).toEqual("before" in filter ? [2] : [4, 2]);
    expect(await listed("")).toEqual([]);
  },
);

test("the list of an owner's callbacks has none of another", async () => {
  using kept = openTemporaryStore();
  for (const owner of ["one", "two", "", "two"]) {
    const run = makeRun({ owner, detached: true });
    await kept.runs.insert(run);
    await kept.runs.finish(run, {
      outcome: { status: "passed", result: "1" },
      at: 1,
      runMs: 1,
    });
  }
  const listed = async (owner?: string) =>
    (
      await kept.deliveries.list({
        states: ["pending", "dead"],
        limit: 10,
        ...(owner === undefined ? {} : { owner }),
      })
    ).map(({ numberedId }) => numberedId);
  expect(await listed("two")).toEqual([4, 2]);
  expect(await listed("")).toEqual([]);
  expect(await listed()).toEqual([4, 3, 2, 1]);
});

test("an owner's list takes no longer among a hundred thousand runs of others than among a thousand", async () => {
  using kept = openTemporaryStore();
  const insert = (from: number, to: number) => {
    kept.meddle((sqlite) =>
      sqlite.run(`
      INSERT INTO runs (id, package, action, status, input, owner, created_at)
      WITH RECURSIVE number(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM number WHERE n < ${to})
      SELECT 'run ' || n, 'probe', 'noop', 3, '{}', CASE n WHEN 7 THEN 'small' ELSE 'large' END, n FROM number`),
    );
  };
  const list = async () => {
    const runs = (
      await kept.runs.list({
        limit: 200,
        owner: "small",
        package: "probe",
        action: "noop",
        statuses: ["failed"],
      })
    ).runs;
    expect(runs).toHaveLength(1);
  };
  insert(1, 1000);
  const few = await leastTime(list);
  insert(1001, 100_000);
  // It is a hundred times as long where the runs of others are looked through.
  expect(await leastTime(list)).toBeLessThan(20 * few);
});
