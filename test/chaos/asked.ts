/** A request to run something, and what became of it as far as its caller knows. */
import { between, pick, type Random } from "./random.ts";

export interface Request {
  readonly requestId: string;
  readonly action: string;
  readonly n: number;
  readonly callbackUrl: string | undefined;
  readonly idempotencyKey: string | undefined;
}

export interface Asked extends Request {
  readonly askedAt: number;
  /** The caller itself broke the connection off. */
  isDropped: boolean;
  /** "outcome" and "async-return" are what the reply said; "nothing": it did not arrive. */
  told: "outcome" | "async-return" | "refused" | "nothing";
  /** The reply said that it is about the run of an earlier request. */
  isReplayed: boolean;
  runId: string | undefined;
  answer: string | undefined;
  /** When it was answered, or its connection broke. */
  endedAt: number;
}

const ACTIONS = ["quick", "quick", "slow", "slow", "fails", "again"];
/** Milliseconds that the slow ones take at the most. */
const MAX_MS = 60;

export function makeRequest(
  random: Random,
  requestId: string,
  callbacks: readonly string[],
): Request {
  const isCalledBack = random() < 0.6;
  return {
    requestId,
    action: pick(random, ACTIONS),
    n: between(random, 0, 1e9),
    callbackUrl: isCalledBack ? pick(random, callbacks) : undefined,
    idempotencyKey: random() < 0.3 ? `key of ${requestId}` : undefined,
  };
}

/** Sends it, with a random readiness to wait and, now and then, breaking the connection off. Never throws. */
export async function send(
  request: Request,
  url: string,
  random: Random,
): Promise<Asked> {
  const asked: Asked = {
    ...request,
    askedAt: Date.now(),
    isDropped: false,
    told: "nothing",
    isReplayed: false,
    runId: undefined,
    answer: undefined,
    endedAt: 0,
  };
  const connection = new AbortController();
  const patience = random() < 0.1 ? between(random, 1, 30) : undefined;
  const drop = () => {
    asked.isDropped = true;
    connection.abort();
  };
  const timer = patience && setTimeout(drop, patience);
  try {
    const reply = await fetch(
      `${url}/api/actions/chaos/${request.action}/run`,
      {
        method: "POST",
        headers: toHeaders(request, random),
        // The same for a repeated request: it must be the same request.
        body: JSON.stringify({ n: request.n, ms: request.n % MAX_MS }),
        signal: connection.signal,
      },
    );
    asked.runId = reply.headers.get("x-action-server-run-id") ?? undefined;
    asked.isReplayed = reply.headers.has("idempotency-replayed");
    asked.answer = await reply.text();
    asked.told = toTold(asked.answer);
  } catch {
    // Killed or dropped: the caller knows what it was told before that.
  }
  asked.endedAt = Date.now();
  clearTimeout(timer);
  return asked;
}

function toHeaders(
  { requestId, callbackUrl, idempotencyKey }: Request,
  random: Random,
): Record<string, string> {
  const wait = pick(random, ["0", "0.005", "0.02", "30", undefined, undefined]);
  return {
    "content-type": "application/json",
    "x-actions-request-id": requestId,
    ...(callbackUrl && { "x-actions-async-callback": callbackUrl }),
    ...(idempotencyKey && { "idempotency-key": idempotencyKey }),
    ...(wait && { "x-actions-async-timeout": wait }),
    ...(random() < 0.1 && { "x-actions-on-disconnect": "cancel" }),
  };
}

function toTold(answer: string): Asked["told"] {
  if (answer === '"async-return"') return "async-return";
  // What passed is a number, and only the problem of a run has its own id and one of these codes.
  const isOutcome =
    /^\d+$/.test(answer) ||
    /"code":"(?:refused|run_cancelled|interrupted)"/.test(answer);
  return isOutcome ? "outcome" : "refused";
}
