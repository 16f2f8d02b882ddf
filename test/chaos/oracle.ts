/** Compares what callers were told with what the server kept and called back. */
import type { Asked, Client } from "./client.ts";
import type { Taken } from "./receivers.ts";

export interface Verdict {
  readonly violations: string[];
  /**
   * Replies that were on their way when the server was killed, or the caller left: the outcome is recorded as told, and
   * the run is found, but nobody heard of it.
   */
  undecidedCount: number;
}

interface Kept {
  readonly state: string;
  readonly result: string | null;
  readonly error: { code: string } | null;
  readonly detached: boolean;
  readonly finish_time: string | null;
}

/** More than a busy machine needs between recording an outcome and sending it, less than a restart takes. */
const CROSSING_MS = 30;
const FINISHED = new Set(["passed", "failed", "cancelled"]);

/** @param parts.get answers the JSON of a path of the server, undefined for 404 */
export async function judge(parts: {
  client: Client;
  taken: ReadonlyMap<string, readonly Taken[]>;
  dead: string;
  get: (path: string) => Promise<unknown>;
}): Promise<Verdict> {
  const { client, taken, dead, get } = parts;
  const verdict: Verdict = { violations: [], undecidedCount: 0 };
  const violate = (asked: Asked, what: string) => {
    verdict.violations.push(`${what}: ${JSON.stringify(asked)}`);
  };
  const heardInReply = new Set<string>();
  const runOfKey = new Map<string, string>();

  for (const asked of client.asked) {
    const runId = asked.runId ?? (await findRunId(asked, get));
    if (runId === undefined) continue;
    const run = (await get(`/api/runs/${runId}`)) as Kept | undefined;
    if (run === undefined) {
      violate(asked, "an acknowledged run is unknown");
      continue;
    }
    if (!FINISHED.has(run.state)) violate(asked, `the run is ${run.state}`);
    if (asked.idempotencyKey !== undefined) {
      const first = runOfKey.get(asked.idempotencyKey) ?? runId;
      runOfKey.set(asked.idempotencyKey, first);
      if (first !== runId) violate(asked, `its key is also that of ${first}`);
    }
    if (asked.told === "outcome") {
      heardInReply.add(runId);
      if (!isSame(asked.answer ?? "", run)) violate(asked, "told otherwise");
    }
    const callbacks = taken.get(runId) ?? [];
    for (const { webhookId, body } of callbacks) {
      if (webhookId !== runId) violate(asked, `called back as ${webhookId}`);
      if (!isSame(body, run)) violate(asked, `called back with ${body}`);
    }
    const isOwed =
      asked.callbackUrl !== undefined &&
      asked.callbackUrl !== dead &&
      asked.told !== "outcome";
    if (!isOwed || callbacks.length > 0) continue;
    if (run.detached) violate(asked, "its callback never came");
    else if (asked.told === "nothing" && mayCross(asked, run))
      verdict.undecidedCount += 1;
    else if (asked.idempotencyKey === undefined)
      violate(asked, "neither reply nor callback");
  }
  for (const runId of heardInReply) {
    const repeated = client.asked.some(
      (asked) => asked.runId === runId && asked.idempotencyKey !== undefined,
    );
    if (taken.has(runId) && !repeated)
      verdict.violations.push(`${runId} was told in reply and callback`);
  }
  for (const runId of client.cancelled) {
    const run = (await get(`/api/runs/${runId}`)) as Kept | undefined;
    if (run?.error?.code !== "run_cancelled")
      verdict.violations.push(`${runId} was cancelled, but is not`);
  }
  return verdict;
}

/** Whether the reply may have been on its way when the connection broke: only then the run ended at about that moment. */
function mayCross({ endedAt }: Asked, { finish_time: finishTime }: Kept) {
  return Math.abs(Date.parse(finishTime ?? "") - endedAt) < CROSSING_MS;
}

async function findRunId(
  { requestId }: Asked,
  get: (path: string) => Promise<unknown>,
): Promise<string | undefined> {
  const found = await get(`/api/runs/run-id-from-request-id/${requestId}`);
  return (found as { run_id: string } | undefined)?.run_id;
}

function isSame(text: string, run: Kept): boolean {
  if (run.error === null) return text === run.result;
  return (JSON.parse(text) as { code?: unknown }).code === run.error.code;
}
