/** Through which channel a run's outcome went, and whether that was the one its callers were owed. */
import type { RunObject } from "../../src/http/runs/run-object.ts";
import type { Asked } from "./asked.ts";
import type { Arrival } from "./receivers.ts";

/**
 * The reply of a caller whose connection broke. When that happens between the commit of the outcome and the arrival of
 * the reply, the store holds that the outcome went out in the reply, and nobody can know that it did not arrive: not
 * the server, which is dead or has handed the bytes to the system, and not its successor. Such a caller finds its run by
 * request id or idempotency key, and is not called back. This is counted, and a violation where the run did not end at
 * about the moment the connection broke: then the server had the time to do better.
 */
export type Loss =
  | "none"
  /** The caller named no callback: its reply was all it could get. */
  | "lost reply"
  /** The caller named a callback, and got neither. */
  | "undecided";

/** More than a busy machine needs between recording an outcome and sending it. */
const CROSSING_MS = 500;

/**
 * @param asks every request that was about this run
 * @param options.dead a callback URL where nothing listens
 */
export function judgeChannel(
  run: RunObject,
  asks: readonly Asked[],
  options: {
    arrivals: readonly Arrival[];
    dead: string;
    violate: (what: string) => void;
    /** How long a reply may have been on its way when its server died or froze. */
    crossingMs: number | undefined;
  },
): Loss {
  const { arrivals, dead, violate, crossingMs = CROSSING_MS } = options;
  const url = asks[0]?.callbackUrl;
  const [first, second] = asks.filter(
    ({ told, isReplayed }) =>
      !isReplayed && (told === "outcome" || told === "async-return"),
  );
  if (second !== undefined) violate("two requests were its first one");
  if (url === undefined && arrivals.length > 0)
    violate("nobody asked for its callback");
  if (run.detached) {
    if (first?.told === "outcome") violate("told in the reply, yet detached");
    const isOwed = url !== undefined && url !== dead;
    if (isOwed && !arrivals.some(({ isTaken }) => isTaken))
      violate("its callback never came");
    return "none";
  }
  if (arrivals.length > 0) violate("called back, yet not detached");
  if (first?.told === "async-return")
    violate("told async-return, yet attached");
  if (first !== undefined) return "none";
  const broken = asks.filter(({ told }) => told === "nothing");
  if (url === undefined && broken.some(({ isDropped }) => isDropped))
    return "none";
  const finishedAt = Date.parse(run.finish_time ?? "");
  const isCrossing = broken.some(
    ({ endedAt }) => Math.abs(endedAt - finishedAt) < crossingMs,
  );
  if (!isCrossing) violate("neither reply nor callback");
  return url === undefined ? "lost reply" : "undecided";
}
