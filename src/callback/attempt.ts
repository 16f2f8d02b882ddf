/** One attempt to deliver: a single request to an address that was checked. */
import { ServerError } from "../errors.ts";
import type { Run } from "../run/run.ts";
import { readStart } from "./answer.ts";
import { type CallbackPolicy, toHost } from "./policy.ts";
import type { Answer } from "./schedule.ts";
import type { Sign } from "./signature.ts";

export interface AttemptParts {
  readonly policy: CallbackPolicy;
  readonly sign: Sign;
  /** For everything from the lookup of the name to the end of the answer. */
  readonly timeoutMs: number;
  /** The server's version, for `user-agent`. */
  readonly version: string;
  /** @returns the JSON a finished run's callback carries */
  readonly toBody: (run: Run) => string;
}

/** What came of an attempt, and in a sentence why it does not count as delivered. */
export interface AttemptAnswer extends Answer {
  readonly error: string | null;
}

interface Target {
  readonly run: Run;
  readonly url: URL;
  /** Chooses among the addresses of the host, so that one that is down does not block the others. */
  readonly number: number;
  readonly at: Date;
}

/**
 * Never throws: what goes wrong is the answer.
 *
 * @param target.stop aborts when the server stops
 */
export async function attempt(
  { stop, ...target }: Target & { stop: AbortSignal },
  parts: AttemptParts,
): Promise<AttemptAnswer> {
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(
      new Error(`The receiver did not answer within ${parts.timeoutMs} ms.`),
    );
  }, parts.timeoutMs);
  try {
    const signal = AbortSignal.any([stop, limit.signal]);
    const response = await send(target, signal, parts);
    const text = await readStart(response);
    return {
      httpStatus: response.status,
      retryAfter: response.headers.get("retry-after") ?? "",
      error: toMistake(response, text),
    };
  } catch (error) {
    return { httpStatus: null, retryAfter: "", error: toSentence(error) };
  } finally {
    clearTimeout(timer);
  }
}

async function send(
  { run, url, number, at }: Target,
  signal: AbortSignal,
  parts: AttemptParts,
): Promise<Response> {
  const addresses = await untilAborted(
    parts.policy.checkAtAttempt(url),
    signal,
  );
  const address = addresses[number % addresses.length] ?? addresses[0];
  const body = parts.toBody(run);
  return await fetch(pin(url, address), {
    method: "POST",
    headers: {
      ...toHeaders(run, parts.version),
      ...(await parts.sign(run.id, at, body)),
      host: url.host,
    },
    body,
    redirect: "manual",
    // A proxy of the environment would resolve and connect by itself.
    proxy: false,
    // Nobody asked for packed answers, and 4 KiB of one may unpack to any size.
    decompress: false,
    signal,
    // The certificate must be that of the name: https://bun.com/docs/runtime/networking/fetch#connecting-to-a-specific-address
    ...(url.protocol === "https:" && address !== toHost(url)
      ? { tls: { serverName: toHost(url) } }
      : {}),
  });
}

function pin(url: URL, address: string): string {
  const pinned = new URL(url);
  pinned.hostname = address.includes(":") ? `[${address}]` : address;
  return pinned.href;
}

function toHeaders(run: Run, version: string): Record<string, string> {
  return {
    "content-type": "application/json",
    "accept-encoding": "identity",
    "user-agent": `actiond/${version}`,
    "x-action-server-run-id": run.id,
    "x-action-server-run-status": run.status,
    ...(run.requestId === "" ? {} : { "x-actions-request-id": run.requestId }),
    ...(run.traceparent === null ? {} : { traceparent: run.traceparent }),
    ...(run.tracestate === null ? {} : { tracestate: run.tracestate }),
  };
}

/** A lookup cannot be aborted, only left behind. */
async function untilAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal,
): Promise<Value> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => {
    reject(signal.reason as Error);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function toMistake({ status, ok }: Response, text: string): string | null {
  if (ok) return null;
  if (status >= 300 && status <= 399)
    return `The receiver answered ${status}: redirects are not followed.`;
  return `The receiver answered ${status}${text === "" ? "." : `: ${text}`}`;
}

/** Errors of the system have a code, and Bun adds advice for programmers to them. */
function toSentence(error: unknown): string {
  const { message, code } = error as Error & { code?: unknown };
  if (code === undefined || error instanceof ServerError) return message;
  const reason = message.replace(
    / fetching ".*$| For more information.*$/s,
    "",
  );
  return `The receiver cannot be reached: ${reason}`;
}
