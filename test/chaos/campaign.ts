/** Kills a server again and again while clients use it, and then asks whether anything was lost. */
import { join } from "node:path";
import {
  makeTemporaryFolder,
  spawnExecutable,
  startExecutable,
  type TestProcess,
} from "../server.ts";
import {
  count,
  findDamage,
  isFound,
  listRuns,
  untilNothingIsLeft,
} from "./aftermath.ts";
import { Client, Memory } from "./client.ts";
import { judge } from "./oracle.ts";
import { between, fork, type Random, seeded } from "./random.ts";
import { startReceivers } from "./receivers.ts";

const ACTIONS = join(import.meta.dir, "actions");
const CLIENT_COUNT = 12;
/** Few places, so that runs queue; and no receiver is given up while there is hope. */
const OPTIONS = [
  "--max-running",
  "3",
  "--callback-retry",
  Array.from({ length: 60 }, () => "50ms").join(","),
  "--log-level",
  "error",
  "--drain",
  "1s",
];

/**
 * @param options.rounds each is load on a server until a kill -9 at a random moment; some are a kill while it starts, too
 */
export async function runCampaign(options: {
  rounds: number;
  seed: number;
  onRound?: (round: number) => void;
}) {
  const random = seeded(options.seed);
  const data = join(makeTemporaryFolder(), "data");
  await using receivers = startReceivers(fork(random));
  const memory = new Memory();
  const callbacks = [...receivers.urls, receivers.dead];
  const clients = Array.from(
    { length: CLIENT_COUNT },
    (_, index) =>
      new Client(`client${index}`, { random: fork(random), callbacks, memory }),
  );
  let kills = 0;
  for (let round = 1; round <= options.rounds; round += 1) {
    if (random() < 0.2) kills += await killWhileStarting(data, random);
    const durability = random() < 0.5 ? "full" : "normal";
    const server = await start(data, durability);
    const stop = new AbortController();
    const asking = clients.map((client) =>
      client.ask(() => server.url, stop.signal),
    );
    // Not a time: a machine that is busy would have heard nothing yet.
    const goal = memory.asked.length + between(random, 5, 240);
    while (memory.asked.length < goal) await Bun.sleep(2);
    server.process.kill("SIGKILL");
    stop.abort();
    await server.process.exited;
    await Promise.all(asking);
    kills += 1;
    options.onRound?.(round);
  }
  const server = await start(data, "full");
  await untilNothingIsLeft(server, receivers.urls);
  const runs = await listRuns(server);
  const verdict = judge({ ...receivers, memory, runs });
  const violations = [...verdict.violations];
  for (const requestId of [...verdict.lostReplies, ...verdict.undecided])
    if (!(await isFound(server, requestId)))
      violations.push(`not found by its request id: ${requestId}`);
  await server.stop();
  const { exitCode } = server.process;
  if (exitCode !== 0) violations.push(`the drain ended with ${exitCode}`);
  violations.push(...findDamage(join(data, "actiond.db")));
  return {
    seed: options.seed,
    rounds: options.rounds,
    kills,
    ...count(memory, runs),
    callbacks: [...receivers.arrivals.values()].flat().length,
    lostReplies: verdict.lostReplies.length,
    undecided: verdict.undecided.length,
    violations,
  };
}

function start(data: string, durability: string): Promise<TestProcess> {
  const options = [...OPTIONS, "--durability", durability];
  return startExecutable({ data, actions: ACTIONS, options });
}

/** A start that does not come to its end, or hardly so: what the last server left is in the middle of being taken up. */
async function killWhileStarting(
  data: string,
  random: Random,
): Promise<number> {
  const folders = ["--data", data, "--actions", ACTIONS];
  const child = spawnExecutable([
    "serve",
    "--port",
    "0",
    ...folders,
    ...OPTIONS,
  ]);
  await Bun.sleep(between(random, 30, 250));
  child.kill("SIGKILL");
  await child.exited;
  return 1;
}
