/** Makes one attempt to deliver a callback: a single request to an address that was checked. */
import pTimeout from "p-timeout";
import { ServerError } from "../errors.ts";
import type { Run } from "../run/run.ts";
import { readStart } from "./answer.ts";
import type { Body } from "./body.ts";
import { type CallbackPolicy, toHost } from "./reach/policy.ts";
import type { Answer } from "./schedule.ts";
import type { Sign } from "./signature.ts";

export interface AttemptParts {
  readonly policy: CallbackPolicy;
  readonly sign: Sign;
  /** The time for everything from the lookup of the name to the end of the answer. */
  readonly timeoutMs: number;
  /** The server's version, for `user-agent`. */
  readonly version: string;
  /** Undefined: the receiver gets the trace context of the run's own request. */
  readonly trace?:
    | ((run: Run, target: { url: URL; number: number }) => AttemptTrace)
    | undefined;
}

/** Follows an attempt, for the trace that its run belongs to. */
interface AttemptTrace {
  /** W3C trace context for the receiver. */
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  end(answer: AttemptAnswer): void;
}

/** The result of an attempt. `error` says in a sentence why it does not count as delivered. */
export interface AttemptAnswer extends Answer {
  readonly error: string | null;
}

interface Target {
  readonly run: Run;
  readonly body: Body;
  readonly url: URL;
  /** Attempts with different numbers use different addresses of the host, so that an address that is down does not block delivery. */
  readonly number: number;
  readonly at: Date;
}

/**
 * Never throws: a failure is part of the answer.
 *
 * @param target.stop aborts when the server stops
 */
export async function attempt(
  target: Target & { stop: AbortSignal },
  parts: AttemptParts,
): Promise<AttemptAnswer> {
  if (parts.trace === undefined) return await post(target, parts);
  const trace = parts.trace(target.run, target);
  const { traceparent, tracestate } = trace;
  const run = { ...target.run, traceparent, tracestate };
  const answer = await post({ ...target, run }, parts);
  trace.end(answer);
  return answer;
}

async function post(
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
  { run, body, url, number, at }: Target,
  signal: AbortSignal,
  parts: AttemptParts,
): Promise<Response> {
  // A lookup cannot be aborted, only left behind.
  const addresses = await pTimeout(parts.policy.checkAtAttempt(url), {
    milliseconds: Infinity,
    signal,
  });
  const address = addresses[number % addresses.length] ?? addresses[0];
  return await fetch(pin(url, address), {
    method: "POST",
    headers: {
      ...toHeaders(run, parts.version),
      ...(await parts.sign(run.id, at, body)),
      ...(body.text === undefined
        ? { "content-length": String(body.byteCount) }
        : {}),
      host: url.host,
    },
    ...toSent(body),
    redirect: "manual",
    // A proxy named by the environment would resolve the name again and connect to any address.
    proxy: false,
    // No compressed answer was asked for, and 4 KiB of one may expand to any size.
    decompress: false,
    signal,
    // The certificate must belong to the name: https://bun.com/docs/runtime/networking/fetch#connecting-to-a-specific-address
    ...(url.protocol === "https:" && address !== toHost(url)
      ? { tls: { serverName: toHost(url) } }
      : {}),
  });
}

/**
 * One that is read in pieces is sent as it is read. It has a length all the same, and a connection of its own: that the
 * receiver has closed an earlier one would be found out too late to send it again.
 */
function toSent(body: Body) {
  return body.text === undefined
    ? { body: toStream(body), keepalive: false }
    : { body: body.text };
}

function toStream(body: Body): ReadableStream<Uint8Array> {
  const pieces = body.pieces()[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return?.();
      },
    },
    { highWaterMark: 0 },
  );
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

function toMistake({ status, ok }: Response, text: string): string | null {
  if (ok) return null;
  if (status >= 300 && status <= 399)
    return `The receiver answered ${status}: redirects are not followed.`;
  return `The receiver answered ${status}${text === "" ? "." : `: ${text}`}`;
}

/** System errors have a code, and Bun appends advice for programmers to their messages. */
function toSentence(error: unknown): string {
  const { message, code } = error as Error & { code?: unknown };
  if (code === undefined || error instanceof ServerError) return message;
  const reason = message.replace(
    / fetching ".*$| For more information.*$/s,
    "",
  );
  return `The receiver cannot be reached: ${reason}`;
}
