/** How long it takes to claim runs, of many that are queued. */
import { SQL } from "bun";
import { readFileSync } from "node:fs";
import { Claims } from "../../../src/store/postgres/fleet/claims.ts";
import type { ActionFacts } from "../../../src/store/postgres/fleet/action-facts.ts";
import { openStore } from "../../../src/store/postgres/open.ts";
import { toTarget } from "../../../src/store/postgres/connect/target.ts";
import type { Cluster } from "../../postgres.ts";
import { percentile, type Table } from "../figures.ts";

const RUN_COUNT = 100_000;
const KEY_COUNT = 10_000;
const ROOM = 64;
const CLAIM_COUNT = 100;

export async function measureClaims({ url }: Cluster): Promise<Table> {
  await using store = await openStore(toTarget(url, "claims"), {
    connections: 1,
    version: "bench",
    actions: {},
  });
  const { control, me } = store;
  // Without a deadline.
  await using sql = new SQL(url, { max: 1 });
  const [[pid] = []] = await control.query("select pg_backend_pid()");
  const rows: Table["rows"][number][] = [];
  for (const [name, lane, concurrency] of [
    [
      `${KEY_COUNT} keys with a concurrency of 1, one of which has half of the runs`,
      `'lane ' || (case when n % 2 = 0 then 0 else n % ${KEY_COUNT} end)`,
      1,
    ],
    ["no limit", "null", undefined],
  ] as const) {
    // As in a table that has grown since it was last analyzed.
    await sql.unsafe(
      `insert into claims.runs (id, package, action, status, input, created_at, action_version, lane)
       select gen_random_uuid(), 'shop', $1, 0, '{}', 1, '1', ${lane} from generate_series(1, ${RUN_COUNT}) n`,
      [name],
    );
    const facts: ActionFacts = {
      package: "shop",
      action: name,
      address: `shop/${name}`,
      version: "1",
      concurrency,
      isIsolated: false,
      maxQueued: Infinity,
    };
    const claims = new Claims(control, me);
    const [wall, processor]: [number[], number[]] = [[], []];
    let count = 0;
    for (let number = 0; number < CLAIM_COUNT; number += 1) {
      const before = readMs(pid as number);
      const startedAt = performance.now();
      const { runs } = await claims.claim([facts], { room: ROOM, lanes: [] });
      wall.push(performance.now() - startedAt);
      processor.push(readMs(pid as number) - before);
      count += runs.length;
    }
    rows.push({
      name,
      cells: {
        "p50 ms": percentile(wall, 0.5),
        "p99 ms": percentile(wall, 0.99),
        "processor p50 ms": percentile(processor, 0.5),
        "runs a claim": count / CLAIM_COUNT,
      },
    });
  }
  await sql`drop schema claims cascade`;
  return {
    name: "Claiming",
    about: `Each claim takes up to ${ROOM} of ${RUN_COUNT} queued runs. "Processor" is that of the one process of PostgreSQL which executes the claim, and hardly depends on what else the machine does.`,
    rows,
  };
}

/** https://docs.kernel.org/scheduler/sched-stats.html */
function readMs(pid: number): number {
  const [ns = ""] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
  return Number(ns) / 1e6;
}
