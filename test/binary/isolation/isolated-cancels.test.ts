/** A thousand cancels of isolated runs leave nothing behind: no process, no descriptor, no memory. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, unlinkSync } from "node:fs";
import { makeGate } from "../../scenarios/gate.ts";
import { DETACH, idOf } from "../../scenarios/scene.ts";
import { ISOLATED, startExecutable, type TestProcess } from "../../server.ts";
import { childrenOf, untilEnded } from "../serving/processes.ts";

const WARM_UP_COUNT = 100;
const CANCEL_COUNT = 1000;
const MAX_CHILDREN = 4;
/** One run of so many does not heed its signal, each in another way. */
const PERIOD = 100;
const DEAF_WAYS = ["loop", "native", "deaf"];
/** Below one for each process that is killed, 10 of them. */
const MAX_MORE_DESCRIPTORS = 8;
const MAX_MORE_BYTES = 64 * 1024 ** 2;

test("a thousand cancels leave nothing behind", async () => {
  await using server = await startExecutable({
    actions: ISOLATED,
    options: ["--grace=100ms", `--max-children=${MAX_CHILDREN}`],
  });
  await cancelMany(server, WARM_UP_COUNT);
  const before = look(server);
  await cancelMany(server, CANCEL_COUNT);
  const after = look(server);

  expect(after.descriptorCount).toBeLessThan(
    before.descriptorCount + MAX_MORE_DESCRIPTORS,
  );
  expect(after.bytes).toBeLessThan(before.bytes + MAX_MORE_BYTES);
  expect(after.children.length).toBeLessThanOrEqual(MAX_CHILDREN);
  await server.stop();
  await Promise.all(after.children.map(untilEnded));
  const { log } = await server.output();
  const killedCount =
    log.split("after its signal had aborted, so its process was killed")
      .length - 1;
  // More where the machine is so busy that code needs longer to heed its signal.
  expect(killedCount).toBeGreaterThanOrEqual(
    (WARM_UP_COUNT + CANCEL_COUNT) / PERIOD,
  );
}, 60_000);

async function cancelMany(server: TestProcess, count: number): Promise<void> {
  let next = 0;
  const cancelSome = async () => {
    while (next < count) await cancelOne(server, (next += 1));
  };
  await Promise.all(Array.from({ length: MAX_CHILDREN }, cancelSome));
  while (await isBusy(server)) await Bun.sleep(5);
}

async function cancelOne(server: TestProcess, number: number): Promise<void> {
  const isDeaf = number % PERIOD === 0;
  const way = isDeaf ? DEAF_WAYS[(number / PERIOD) % 3] : "heeds";
  const { path } = makeGate().input;
  const id = idOf(await server.run("isolated-block", { path, way }, DETACH));
  while (!existsSync(path)) await Bun.sleep(1);
  unlinkSync(path);
  const reply = await server.request(`/api/runs/${id}/cancel`, {
    method: "POST",
  });
  expect(await reply.json()).toBe("cancelled");
}

/** Runs are cancelled at once; their code may go on for the grace. */
async function isBusy(server: TestProcess): Promise<boolean> {
  const reply = await server.request("/api/actions");
  const actions = (await reply.json()) as {
    running: number;
    abandoned: number;
  }[];
  return actions.some(({ running, abandoned }) => running + abandoned > 0);
}

function look({ process: { pid } }: TestProcess) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    children: childrenOf(pid),
    descriptorCount: readdirSync(`/proc/${pid}/fd`).length,
    bytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024,
  };
}
