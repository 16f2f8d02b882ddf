/** Compares what callers were told with what the server kept and called back. */
import type { RunObject } from "../../src/http/runs/run-object.ts";
import type { Asked } from "./asked.ts";
import { judgeChannel, type Loss } from "./channel.ts";
import type { Memory } from "./client.ts";
import type { Arrival } from "./receivers.ts";

export interface Verdict {
  readonly violations: readonly string[];
  /** Request ids of callers without a callback whose reply was on its way when the server was killed. */
  readonly lostReplies: readonly string[];
  /** The same of callers with a callback. */
  readonly undecided: readonly string[];
}

const FINISHED = new Set(["passed", "failed", "cancelled"]);

/** @param parts.runs all that the server keeps, oldest first */
export function judge(parts: {
  memory: Memory;
  runs: readonly RunObject[];
  arrivals: ReadonlyMap<string, readonly Arrival[]>;
  dead: string;
  /** See `judgeChannel`. */
  crossingMs?: number;
}): Verdict {
  const { memory, runs, arrivals, dead, crossingMs } = parts;
  const violations = memory.unknown.map(
    (what) => `not known on the way: ${what}`,
  );
  const losses: Record<Loss, string[]> = {
    none: [],
    "lost reply": [],
    undecided: [],
  };
  const asks = Map.groupBy(memory.asked, ({ requestId }) => requestId);
  const kept = new Map(runs.map((run) => [run.id, run]));
  const runOf = new Map<string, string>();
  for (const run of runs) {
    const violate = (what: string) => {
      const told = JSON.stringify({ run, asks: about, arrived });
      violations.push(`${what}: ${told}`);
    };
    const about = asks.get(run.request_id) ?? [];
    const arrived = arrivals.get(run.id) ?? [];
    if (about.length === 0) violate("nobody asked for it");
    if (runOf.has(run.request_id)) violate("one request is two runs");
    runOf.set(run.request_id, run.id);
    if (!FINISHED.has(run.state)) violate(`it is ${run.state}`);
    judgeOutcome(run, about, arrived, violate);
    const options = { arrivals: arrived, dead, violate, crossingMs };
    losses[judgeChannel(run, about, options)].push(run.request_id);
  }
  for (const asked of memory.asked) {
    const { told, runId, requestId } = asked;
    if (told === "refused")
      violations.push(`refused: ${JSON.stringify(asked)}`);
    if (runId !== undefined && runOf.get(requestId) !== runId)
      violations.push(`acknowledged, but unknown: ${JSON.stringify(asked)}`);
  }
  for (const [id, arrived] of arrivals)
    if (!kept.has(id))
      violations.push(`called back, but unknown: ${JSON.stringify(arrived)}`);
  for (const id of memory.cancelled)
    if (kept.get(id)?.error?.code !== "run_cancelled")
      violations.push(`told to be cancelled, but not: ${id}`);
  for (const seen of memory.seen)
    if (FINISHED.has(seen.state) && !isSameEnd(seen, kept.get(seen.id)))
      violations.push(`it ended otherwise before: ${JSON.stringify(seen)}`);
  const { undecided, "lost reply": lostReplies } = losses;
  return { violations, lostReplies, undecided };
}

/** Replies, callbacks and what is kept must say the same, to the byte. */
function judgeOutcome(
  run: RunObject,
  asks: readonly Asked[],
  arrived: readonly Arrival[],
  violate: (what: string) => void,
): void {
  const outcomes = asks.filter(({ told }) => told === "outcome");
  const texts = new Set([
    ...outcomes.map(({ answer = "" }) => answer),
    ...arrived.map(({ body }) => body),
  ]);
  if (texts.size > 1) violate("told differently");
  for (const text of texts) if (!isOf(run, text)) violate("told otherwise");
  if (arrived.some(({ webhookId }) => webhookId !== run.id))
    violate("called back under another webhook-id");
  const first = outcomes.find(({ isReplayed }) => !isReplayed);
  const isForgotten = asks.some(
    ({ told, askedAt }) =>
      told === "async-return" && askedAt > (first?.endedAt ?? Infinity),
  );
  if (isForgotten)
    violate("repeated after its end, but not answered as before");
}

function isOf(run: RunObject, text: string): boolean {
  if (run.error === null) return text === run.result;
  const { code, detail } = JSON.parse(text) as Record<string, unknown>;
  return code === run.error.code && detail === run.error.message;
}

function isSameEnd(seen: RunObject, kept: RunObject | undefined): boolean {
  // A caller whose connection broke can be detached after the end.
  return Bun.deepEquals({ ...seen, detached: kept?.detached }, { ...kept });
}
