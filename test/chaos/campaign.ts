/** Kills a server again and again while clients use it, and then asks whether anything was lost. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { makeTemporaryFolder, startExecutable } from "../server.ts";
import { Client } from "./client.ts";
import { judge } from "./oracle.ts";
import { between, seeded } from "./random.ts";
import { startReceivers } from "./receivers.ts";

export interface Report {
  readonly seed: number;
  readonly kills: number;
  readonly requests: number;
  readonly runs: number;
  readonly callbacks: number;
  readonly cancels: number;
  readonly undecided: number;
  readonly violations: readonly string[];
}

const CLIENTS = 8;
const OPTIONS = [
  "--max-running",
  "4",
  "--callback-retry",
  Array.from({ length: 40 }, () => "20ms").join(","),
  "--log-level",
  "error",
  "--drain",
  "1s",
];

/** @param options.kills how often the server is killed with -9, at random moments */
export async function runCampaign(options: {
  kills: number;
  seed: number;
  onRound?: (round: number) => void;
}): Promise<Report> {
  const random = seeded(options.seed);
  const data = join(makeTemporaryFolder(), "data");
  const actions = join(import.meta.dir, "actions");
  const start = () => startExecutable({ data, actions, options: OPTIONS });
  await using receivers = startReceivers(random);
  const client = new Client(random, [...receivers.urls, receivers.dead]);

  for (let round = 1; round <= options.kills; round += 1) {
    const server = await start();
    const stop = new AbortController();
    const asking = Array.from({ length: CLIENTS }, () =>
      client.ask(server.url, stop.signal),
    );
    await Bun.sleep(between(random, 30, 300));
    stop.abort();
    server.process.kill("SIGKILL");
    await server.process.exited;
    await Promise.all(asking);
    options.onRound?.(round);
  }

  const server = await start();
  const get = async (path: string): Promise<unknown> => {
    const reply = await server.request(path);
    return reply.status === 404 ? undefined : reply.json();
  };
  await untilEmpty(get, "/api/runs?status=queued&status=running");
  for (const { host } of receivers.urls.map((url) => new URL(url)))
    await untilEmpty(get, `/api/callbacks?state=pending&host=${host}`);
  const [newest] = (await get("/api/runs?limit=1")) as {
    numbered_id: number;
  }[];
  const { taken, dead } = receivers;
  const { violations, undecidedCount } = await judge({
    client,
    taken,
    dead,
    get,
  });
  await server.stop();
  if (server.process.exitCode !== 0)
    violations.push(`the drain ended with ${server.process.exitCode}`);
  violations.push(...findDamage(join(data, "actiond.db")));
  return {
    seed: options.seed,
    kills: options.kills,
    requests: client.asked.length,
    runs: newest?.numbered_id ?? 0,
    callbacks: [...taken.values()].flat().length,
    cancels: client.cancelled.length,
    undecided: undecidedCount,
    violations,
  };
}

async function untilEmpty(
  get: (path: string) => Promise<unknown>,
  path: string,
): Promise<void> {
  while (((await get(path)) as unknown[]).length > 0) await Bun.sleep(20);
}

function findDamage(file: string): string[] {
  const database = new Database(file, { readonly: true });
  const rows = database.query("PRAGMA integrity_check").values().flat();
  database.close();
  return rows.filter((row) => row !== "ok").map(String);
}
