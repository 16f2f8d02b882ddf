/** One attempt to deliver: a single request to an address that was checked. */
import type { Run } from "../run/run.ts";
import { type CallbackPolicy, toHost } from "./policy.ts";
import type { Answer } from "./schedule.ts";
import type { Sign } from "./signature.ts";

export interface AttemptParts {
  readonly policy: CallbackPolicy;
  readonly sign: Sign;
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

/** As much of an answer as goes into the record. */
const MAX_ANSWER_BYTES = 4096;

/**
 * Never throws: what goes wrong is the answer.
 *
 * @param attempt.number chooses among the addresses of the host, so that one that is down does not block the others
 * @param attempt.signal aborts when the server stops
 */
export async function attempt(
  {
    run,
    url,
    number,
    signal,
  }: {
    run: Run;
    url: URL;
    number: number;
    signal: AbortSignal;
  },
  parts: AttemptParts,
): Promise<AttemptAnswer> {
  const limit = AbortSignal.timeout(parts.timeoutMs);
  try {
    const addresses = await parts.policy.checkAtAttempt(url);
    const address = addresses[number % addresses.length] ?? url.hostname;
    const body = parts.toBody(run);
    const response = await fetch(pin(url, address), {
      method: "POST",
      headers: { ...toHeaders(run, body, parts), host: url.host },
      body,
      redirect: "manual",
      // A proxy of the environment would resolve and connect by itself.
      proxy: false,
      signal: AbortSignal.any([signal, limit]),
      // The certificate must be that of the name: https://bun.com/docs/runtime/networking/fetch#connecting-to-a-specific-address
      ...(url.protocol === "https:" && address !== toHost(url)
        ? { tls: { serverName: url.hostname } }
        : {}),
    });
    const text = await readStart(response);
    return {
      httpStatus: response.status,
      retryAfter: response.headers.get("retry-after") ?? "",
      error: toMistake(response, text),
    };
  } catch (error) {
    return {
      httpStatus: null,
      retryAfter: "",
      error: limit.aborted
        ? `The receiver did not answer within ${parts.timeoutMs} ms.`
        : (error as Error).message,
    };
  }
}

function pin(url: URL, address: string): string {
  const pinned = new URL(url);
  pinned.hostname = address.includes(":") ? `[${address}]` : address;
  return pinned.href;
}

function toHeaders(
  run: Run,
  body: string,
  { sign, version }: AttemptParts,
): Record<string, string> {
  return {
    "content-type": "application/json",
    // What it answers is read to 4 KiB: that must not be 4 KiB of something packed.
    "accept-encoding": "identity",
    "user-agent": `actiond/${version}`,
    "x-action-server-run-id": run.id,
    "x-action-server-run-status": run.status,
    ...(run.requestId === "" ? {} : { "x-actions-request-id": run.requestId }),
    ...(run.traceparent === null ? {} : { traceparent: run.traceparent }),
    ...(run.tracestate === null ? {} : { tracestate: run.tracestate }),
    ...sign(run.id, new Date(), body),
  };
}

async function readStart(response: Response): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    byteCount += chunk.byteLength;
    if (byteCount >= MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString("utf8");
}

function toMistake({ status, ok }: Response, text: string): string | null {
  if (ok) return null;
  if (status >= 300 && status <= 399)
    return `The receiver answered ${status}: redirects are not followed.`;
  return `The receiver answered ${status}${text === "" ? "." : `: ${text}`}`;
}
