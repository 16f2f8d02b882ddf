/** A server that has nothing left to do. */
import type { TestServer } from "../server.ts";

/** A run that is still there after that has been left behind. */
const PATIENCE_S = 10;

/**
 * Resolves when every run has ended and every slot is free.
 *
 * @throws {Error} a run does not end: the test that began it must end it
 */
export async function untilIdle({
  request,
  replicaCount,
}: Pick<TestServer, "request" | "replicaCount">): Promise<void> {
  const json = async (path: string): Promise<any> =>
    (await request(path)).json();
  const unfinished = "/api/runs?limit=1&status=queued&status=running";
  let left: any;
  for (;;) {
    const [run] = await json(unfinished);
    if (run === undefined) break;
    // The first has shown that they do not end by themselves.
    const wait = left === undefined ? PATIENCE_S : 0;
    const { state } = await json(`/api/runs/${run.id}?wait=${wait}`);
    if (state !== "queued" && state !== "running") continue;
    left ??= { ...run, state };
    await request(`/api/runs/${run.id}/cancel`, { method: "POST" });
  }
  if (left !== undefined)
    throw new Error(
      `The test has left a run of ${left.action_id} behind, which is ${left.state}.`,
    );
  // Code that goes on after its run was cancelled keeps its slot until it ends.
  // Replicas answer one after the other.
  for (let idleCount = 0; idleCount < replicaCount;)
    idleCount =
      (await json("/api/server")).runs.running === 0 ? idleCount + 1 : 0;
}
