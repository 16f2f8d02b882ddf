/** Sends requests until there is an answer. */
import type { ClientOptions } from "./calls.ts";
import { isPassing, type Reply, toError, toUnavailable } from "./replies.ts";
import { pause } from "./streams.ts";

/** How long one request waits, in seconds: proxies end connections that are silent for a minute. */
export const WAIT_SECONDS = 45;
/** A reply that takes longer than this beyond its wait is lost. */
const GRACE_MS = 15_000;
export const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Connection {
  /** Asks once. */
  readonly request: (path: string, asked: Asked) => Promise<Response>;
  /** Asks until there is an answer: what is sent may be sent twice. */
  readonly ask: (path: string, asked?: Asked) => Promise<Reply>;
}

export function openConnection({
  url,
  key,
  patience = 60,
  fetch: send = globalThis.fetch,
}: ClientOptions): Connection {
  const base = url.replace(/\/+$/, "");
  const known: Readonly<Record<string, string>> = {
    // Also of a failure that the action tells others in a body of its own.
    accept: "application/json, application/problem+json",
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };

  const request = (path: string, { method, headers, body, signal }: Asked) =>
    send(`${base}${path}`, {
      method: method ?? "GET",
      headers: { ...known, ...headers },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });

  async function ask(path: string, asked: Asked = {}): Promise<Reply> {
    const { signal } = asked;
    let pauseMs = FIRST_PAUSE_MS;
    let patienceEndsAt = Date.now() + patience * 1000;
    for (;;) {
      const beganAt = Date.now();
      let why: unknown;
      let afterMs: number | undefined;
      try {
        const limit = AbortSignal.timeout(WAIT_SECONDS * 1000 + GRACE_MS);
        const response = await request(path, {
          ...asked,
          signal:
            signal === undefined ? limit : AbortSignal.any([signal, limit]),
        });
        const { status, headers } = response;
        const reply = { status, headers, text: await response.text() };
        if (!isPassing(reply)) return reply;
        why = toError(reply);
        const retryAfter = Number(headers.get("retry-after") ?? Number.NaN);
        if (Number.isFinite(retryAfter)) afterMs = retryAfter * 1000;
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        why = error;
      }
      // A connection that held for long was not refused: patience begins anew.
      if (Date.now() - beganAt > LONGEST_PAUSE_MS) {
        patienceEndsAt = Date.now() + patience * 1000;
        pauseMs = FIRST_PAUSE_MS;
      }
      const waitMs = afterMs ?? pauseMs * (0.5 + Math.random() / 2);
      if (Date.now() + waitMs > patienceEndsAt) throw toUnavailable(why, base);
      await pause(waitMs, signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  return { request, ask };
}
