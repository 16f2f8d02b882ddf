/**
 * Measures what keeping runs in PostgreSQL costs: writes beside the simplest loop and the server's ceiling, requests with
 * 1, 2 and 4 replicas, claims, tables under churn, and libraries that do the same; with `--kept 10` also 10 million runs.
 * It starts a cluster of its own, which syncs to the disk. Reports, asserts nothing. Build first.
 *
 * `bun run bench:fleet [--quick] [--only writes,requests,claims,churn,peers] [--kept MILLIONS] [--out FOLDER]`
 */
import { mkdirSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startCluster } from "../postgres.ts";
import { type Table, toMarkdown } from "./figures.ts";
import { measureClaims } from "./fleet/claims.ts";
import { measureChurn, measureKept } from "./fleet/growth.ts";
import { measureFleetPeers } from "./fleet/peers.ts";
import { measureRequests } from "./fleet/requests.ts";
import { measureWrites } from "./fleet/writes.ts";
import { generator } from "./load.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "writes,requests,claims,churn,peers" },
    kept: { type: "string" },
    out: { type: "string" },
  },
});
const time = values.quick
  ? { seconds: 1, rounds: 1 }
  : { seconds: 2, rounds: 3 };
const millions = Number(values.kept ?? 10);
const SECTIONS: Record<
  string,
  (cluster: Awaited<ReturnType<typeof startCluster>>) => Promise<Table[]>
> = {
  writes: (cluster) => measureWrites(cluster, time),
  requests: async (cluster) => [await measureRequests(cluster, time)],
  claims: async (cluster) => [await measureClaims(cluster)],
  churn: async (cluster) => [
    await measureChurn(cluster, { seconds: values.quick ? 8 : 60 }),
  ],
  peers: async (cluster) => [await measureFleetPeers(cluster, time)],
  kept: async (cluster) => [
    await measureKept(cluster, { millions, seconds: time.seconds }),
  ],
};

using cluster = await startCluster({ fsync: "on", shared_buffers: "'512MB'" });
const machine = `${new Date().toISOString()}, ${cpus().length} × ${cpus()[0]?.model ?? "processor"}, load average ${loadavg()[0]?.toFixed(1)} before, requests by ${generator}, Bun ${Bun.version}`;
console.log(`${machine}\n`);
const tables: Table[] = [];
const names = new Set(values.only.split(","));
if (values.kept !== undefined) names.add("kept");
for (const name of names) {
  const measure = SECTIONS[name];
  if (measure === undefined)
    throw new Error(
      `There is no section "${name}", only ${Object.keys(SECTIONS).join(", ")}.`,
    );
  for (const table of await measure(cluster)) {
    tables.push(table);
    console.log(toMarkdown(table));
  }
}
if (values.out !== undefined) await write(values.out);

async function write(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "fleet");
  const json = JSON.stringify({ machine, tables }, null, 2);
  await Bun.write(`${file}.json`, `${json}\n`);
  const texts = [`# Measurements of a fleet\n\n${machine}.\n`];
  await Bun.write(
    `${file}.md`,
    [...texts, ...tables.map(toMarkdown)].join("\n"),
  );
}
