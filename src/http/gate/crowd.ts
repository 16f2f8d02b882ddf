/** Shares the requests that may be in progress at once between keys, and keeps places for those who operate the server. */
import { type Caller, isAdmin } from "../../access/caller.ts";
import { ServerError } from "../../errors.ts";

const RETRY_SECONDS = 1;

export class Crowd {
  readonly #maxRequests: number;
  readonly #maxPerKey: number;
  readonly #counts = new Map<string, number>();

  /**
   * @param options.maxRequests in progress at once; keys with the scope "admin" get through beyond that
   * @param options.maxRequestsPerKey how many of them one key may have
   */
  constructor(options: {
    readonly maxRequests: number;
    readonly maxRequestsPerKey: number;
  }) {
    this.#maxRequests = options.maxRequests;
    this.#maxPerKey = options.maxRequestsPerKey;
  }

  /**
   * @param requestCount how many requests are in progress, this one included
   * @throws {ServerError} `overloaded`, `rate_limited`
   */
  admit(caller: Caller, requestCount: number): void {
    const { keyId } = caller;
    const isOperator = keyId !== "" && isAdmin(caller);
    if (isOperator) return;
    if (requestCount > this.#maxRequests) throw overloaded(this.#maxRequests);
    if (keyId === "" || (this.#counts.get(keyId) ?? 0) < this.#maxPerKey)
      return;
    throw new ServerError(
      "rate_limited",
      `This API key already has ${toRequests(this.#maxPerKey)} in progress, which is its limit.`,
      { retryAfterSeconds: RETRY_SECONDS },
    );
  }

  /** Counts a request until its handler has answered. */
  count<Reply>(keyId: string, answer: () => Reply): Reply {
    if (keyId === "") return answer();
    this.#counts.set(keyId, (this.#counts.get(keyId) ?? 0) + 1);
    let isAsync = false;
    try {
      const reply = answer();
      if (!(reply instanceof Promise)) return reply;
      isAsync = true;
      return reply.finally(() => {
        this.#leave(keyId);
      }) as Reply;
    } finally {
      if (!isAsync) this.#leave(keyId);
    }
  }

  #leave(keyId: string): void {
    const count = (this.#counts.get(keyId) ?? 1) - 1;
    if (count === 0) this.#counts.delete(keyId);
    else this.#counts.set(keyId, count);
  }
}

/**
 * Refuses a request while there are too many connections, except for those who operate the server.
 *
 * @throws {ServerError} `overloaded`
 */
export function refuseWhileFull(caller: Caller, isFull: boolean): void {
  if (!isFull || (caller.keyId !== "" && isAdmin(caller))) return;
  throw new ServerError(
    "overloaded",
    "This server has as many open connections as it may have (--max-connections). Try again later.",
    { retryAfterSeconds: RETRY_SECONDS },
  );
}

export function overloaded(maxRequests: number): ServerError {
  return new ServerError(
    "overloaded",
    `This server is already answering ${toRequests(maxRequests)}, which is its limit. Try again later.`,
    { retryAfterSeconds: RETRY_SECONDS },
  );
}

function toRequests(count: number): string {
  return `${count} ${count === 1 ? "request" : "requests"}`;
}
