/** What the server says of itself. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunFacts } from "../../src/run/events.ts";
import { RunEvents } from "../../src/run/events.ts";
import { Statistics } from "../../src/run/report/statistics.ts";
import { DETACH, idOf } from "../scenarios/scene.ts";
import { makeTemporaryFolder, startInProcess } from "../server.ts";

test("the server says how full it is, and which code goes on after its run", async () => {
  await using server = await startInProcess({
    options: ["--max-running", "2", "--max-queued", "5"],
  });
  const look = async (): Promise<any> =>
    (await server.request("/api/server")).json();
  const path = join(makeTemporaryFolder(), "end");
  const id = idOf(await server.run("ignores-abort", { path }, DETACH));
  const before = await look();
  expect(before).toMatchObject({
    url: server.url,
    runs: { running: 1, queued: 0, max_running: 2, max_queued: 5 },
    lingering: [],
    children: { running: 0 },
    reload_errors: [],
  });
  expect(before.store.bytes).toBeGreaterThan(10_000);
  await server.request(`/api/runs/${id}/cancel`, { method: "POST" });
  let now = await look();
  while (now.lingering.length === 0) now = await look();
  expect(now.lingering).toMatchObject([
    { run_id: id, action_id: "probe/ignores-abort" },
  ]);
  expect(Date.parse(now.lingering[0].since)).toBeGreaterThan(
    Date.parse(now.started_time),
  );
  writeFileSync(path, "");
  while ((await look()).lingering.length > 0);
});

test("the statistics count the runs of each minute by how they ended", async () => {
  await using server = await startInProcess();
  await server.run("noop");
  await server.run("fail");
  const read = async (): Promise<any[]> =>
    (await server.request("/api/statistics?minutes=2")).json() as any;
  const sum = (minutes: any[], name: string) =>
    minutes.reduce((total, minute) => total + minute[name], 0);
  const minutes = await read();
  expect(minutes).toHaveLength(2);
  expect(sum(minutes, "passed")).toBe(1);
  expect(sum(minutes, "failed")).toBe(1);
  const wrong = await server.request("/api/statistics?minutes=61");
  expect(await wrong.json()).toMatchObject({ code: "invalid_parameter" });
});

test("durations are known to within 5 %, each owner sees its own, and an hour is all there is", () => {
  const clock = { now: 0 };
  const events = new RunEvents((error) => {
    throw error;
  });
  using statistics = new Statistics(events, () => clock.now);
  const finish = (owner: string, runMs: number | null) => {
    const outcome = { status: "passed", result: "1" } as const;
    events.publish({ owner } as RunFacts, { kind: "finished", outcome, runMs });
  };
  for (let ms = 1; ms <= 100; ms += 1) finish("one", ms);
  finish("two", 7000);
  finish("two", null);
  const [all] = statistics.list(1);
  expect(all).toMatchObject({ at: 0, passed: 102 });
  expect(Math.abs((all?.p50Ms ?? 0) / 51 - 1)).toBeLessThan(0.06);
  const [own] = statistics.list(1, "two");
  expect(own).toMatchObject({ passed: 2 });
  expect(Math.abs((own?.p95Ms ?? 0) / 7000 - 1)).toBeLessThan(0.06);
  expect(statistics.list(1, "three")).toMatchObject([
    { passed: 0, p50Ms: null, p95Ms: null },
  ]);
  clock.now = 60 * 60_000;
  finish("one", 1);
  expect(statistics.list(60).map(({ passed }) => passed)).toEqual([
    ...Array.from({ length: 59 }, () => 0),
    1,
  ]);
});
