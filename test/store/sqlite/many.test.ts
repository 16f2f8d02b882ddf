/** Looking for a few things among many. */
import { expect, test } from "bun:test";
import { DELIVERY_STATES } from "../../../src/run/delivery/delivery.ts";
import { leastTime } from "../../least-time.ts";
import { makeRun, openTemporaryStore } from "./temporary-store.ts";

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

test("looking for due deliveries among twenty thousand takes no longer than among two hundred", async () => {
  using kept = openTemporaryStore();
  const { runs, deliveries } = kept;
  const hosts = ["a.test", "b.test", "c.test"];
  const owe = async (host: string, at: number) => {
    const run = makeRun({ callbackUrl: `http://${host}/`, detached: true });
    void runs.insert(run);
    const outcome = { status: "passed", result: "1" } as const;
    await runs.finish(run, { outcome, at, runMs: 1 });
  };
  const oweMany = (from: number, to: number) =>
    Promise.all(
      Array.from({ length: to - from }, (_, index) =>
        owe(hosts[index % 3] ?? "", from + index),
      ),
    );
  const look = async () => {
    await deliveries.pendingReceivers();
    await deliveries.take({ owner: "", host: "b.test" }, 5);
    await deliveries.list({ states: DELIVERY_STATES, limit: 5 });
  };
  await oweMany(0, 200);
  const few = await leastTime(look);
  await oweMany(200, 20_000);
  expect(await deliveries.pendingReceivers()).toEqual(
    hosts.map((host, nextAttemptAt) => ({ owner: "", host, nextAttemptAt })),
  );
  // It is a hundred times as long where one of them looks through the table.
  expect(await leastTime(look)).toBeLessThan(20 * few);
});

test("a store that one process has for itself knows what the last one left, oldest first", async () => {
  using kept = openTemporaryStore();
  const [ended, running, queued] = [makeRun(), makeRun(), makeRun()];
  await kept.runs.insert(ended);
  const outcome = { status: "passed", result: "1" } as const;
  await kept.runs.finish(ended, { outcome, at: 1, runMs: 1 });
  await kept.runs.insert(running);
  await kept.runs.insert({ ...queued, startedAt: null });
  const ids = (await kept.runs.unfinished()).map(({ id }) => id);
  expect(ids).toEqual([running.id, queued.id]);
});
