/** Lets replicas, their database and their networks fail again and again while clients use the fleet, and then asks whether anything was lost. */
import { SQL } from "bun";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startCluster } from "../../postgres.ts";
import { makeTemporaryFolder } from "../../server.ts";
import { count, isFound, listRuns, untilNothingIsLeft } from "../aftermath.ts";
import { Client, Memory } from "../client.ts";
import { judge } from "../oracle.ts";
import { between, fork, pick, seeded } from "../random.ts";
import { startReceivers } from "../receivers.ts";
import { type Fault, FAULTS, inflict } from "./faults.ts";
import { type Replica, startReplica } from "./replicas.ts";
import { judgeWitness } from "./witness.ts";

const CLIENT_COUNT = 12;
const LEASE_MS = 2000;
const PATIENCE_MS = 30_000;
/** PostgreSQL may be frozen for 7 s and then the replica for 5.5 s, with an outcome on its way that nobody hears of when it is killed. */
const CROSSING_MS = 15_000;
const OPTIONS = [
  "--max-running",
  "3",
  "--database-connections",
  "2",
  "--lease",
  `${LEASE_MS}ms`,
  "--callback-retry",
  Array.from({ length: 200 }, () => "100ms").join(","),
  "--log-level",
  "warn",
  "--drain",
  "1s",
];
/** What a fleet may answer while it cannot do better. */
const UNAVAILABLE =
  /"code":"(?:store_unavailable|shutting_down|overloaded|too_many_runs)"/;

/** @param options.faults which kinds; all when omitted */
export async function runFleetCampaign(options: {
  readonly rounds: number;
  readonly seed: number;
  readonly replicaCount?: number;
  readonly faults?: readonly Fault[];
  readonly onFault?: (fault: Fault, number: number) => void;
}) {
  const { seed, rounds, replicaCount = 3, faults = FAULTS } = options;
  const random = seeded(seed);
  using cluster = await startCluster();
  await using receivers = startReceivers(fork(random));
  const witness = join(makeTemporaryFolder(), "witness");
  writeFileSync(witness, "");
  const endedAt = new Map<number, number>();
  const frozen = new Set<number>();
  const exits: Record<string, number> = {};
  const troubles: string[] = [];
  const onExit = (pid: number, code: number | null, log: string) => {
    endedAt.set(pid, Date.now());
    if (process.env["CHAOS_LOGS"])
      writeFileSync(`${process.env["CHAOS_LOGS"]}/${pid}.log`, log);
    const name = String(code);
    exits[name] = (exits[name] ?? 0) + 1;
    // One that starts while the database is away says so.
    if (code === 1 && !/cannot be used|cannot start/.test(log))
      troubles.push(`a replica ended with 1: ${log.slice(-1000)}`);
    const wrong = log
      .split("\n")
      .filter((line) =>
        /could not be carried|Uncaught|unhandled|"code":"internal"/i.test(line),
      );
    troubles.push(...wrong.slice(0, 3));
  };
  const replicas: Replica[] = [];
  for (let index = 0; index < replicaCount; index += 1)
    replicas.push(
      await startReplica({
        databasePort: cluster.port,
        witness,
        options: OPTIONS,
        onExit,
      }),
    );
  await Promise.all(replicas.map((replica) => replica.listening()));
  const memory = new Memory();
  const callbacks = [...receivers.urls, receivers.dead];
  const clients = Array.from(
    { length: CLIENT_COUNT },
    (_, index) =>
      new Client(`client${index}`, {
        random: fork(random),
        callbacks,
        memory,
        unavailable: UNAVAILABLE,
      }),
  );
  let turn = 0;
  /** As a proxy that knows nothing of who lives. */
  const next = () => {
    turn = (turn + 1) % replicas.length;
    return replicas[turn]?.url ?? "";
  };
  const stop = new AbortController();
  const asking = clients.map((client) => client.ask(next, stop.signal));
  for (let round = 1; round <= rounds; round += 1) {
    await Bun.sleep(between(random, 200, 1500));
    const fault = pick(random, faults);
    options.onFault?.(fault, round);
    await inflict(fault, {
      random,
      replicas,
      cluster,
      leaseMs: LEASE_MS,
      onFrozen: (pid) => frozen.add(pid),
    });
  }
  await Bun.sleep(1000);
  stop.abort();
  // Whoever is not answered by then has been forgotten, and the oracle says so of the run.
  await Promise.race([Promise.all(asking), Bun.sleep(PATIENCE_MS)]);
  await Promise.all(replicas.map((replica) => replica.listening()));
  const [first] = replicas as [Replica, ...Replica[]];
  const server = {
    request: (path: string) => fetch(`${first.url}${path}`),
  };
  await untilNothingIsLeft(server, receivers.urls);
  const runs = await listRuns(server);
  const verdict = judge({
    ...receivers,
    memory,
    runs,
    crossingMs: CROSSING_MS,
  });
  const violations = [...verdict.violations];
  for (const requestId of [...verdict.lostReplies, ...verdict.undecided])
    if (!(await isFound(server, requestId)))
      violations.push(`not found by its request id: ${requestId}`);
  violations.push(
    ...judgeWitness(readFileSync(witness, "utf8"), { endedAt, frozen }),
    ...(await findHeld(cluster.url)),
    ...troubles,
  );
  for (const replica of replicas) {
    const code = await replica.stop();
    if (code !== 0) violations.push(`a drain ended with ${code}`);
  }
  return {
    seed,
    rounds,
    exits,
    ...count(memory, runs),
    callbacks: [...receivers.arrivals.values()].flat().length,
    lostReplies: verdict.lostReplies.length,
    undecided: verdict.undecided.length,
    violations,
  };
}

/** At rest nobody holds a slot, and nothing is leased. */
async function findHeld(url: string): Promise<string[]> {
  await using sql = new SQL(url, { max: 1 });
  const look = () =>
    sql.unsafe(
      `select r.id, r.status, r.holding, r.started_at, r.replica, p.dead, p.beat, r.accepted_by
       from actiond.runs r left join actiond.replicas p on p.id = r.replica where r.holding or r.status < 2
       union all select d.run_id, -1, false, null, d.leased_by, null, null, null
       from actiond.deliveries d where d.leased_by is not null and d.state <> 'pending'`,
    ) as Promise<Record<string, unknown>[]>;
  const deadline = Date.now() + 10_000;
  let held = await look();
  while (held.length > 0 && Date.now() < deadline) {
    await Bun.sleep(100);
    held = await look();
  }
  return held.map((row) => `still held at rest: ${JSON.stringify(row)}`);
}
