/** Limits how many requests a second each caller may send, and says how many are left. */
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Caller } from "../../access/caller.ts";
import { ServerError } from "../../errors.ts";
import type { Senders } from "./senders.ts";

/** The length of the window in which requests are counted. */
const WINDOW_SECONDS = 1;

/** Where the headers of the reply are set: Elysia's `set`. */
interface ReplyHead {
  readonly headers: Record<string, unknown>;
}

export class RateLimit {
  readonly #perSecond: number;
  readonly #replicaCount: () => number;
  readonly #senders: Senders;
  /** Forgets a caller when the window is over. */
  readonly #limiter: RateLimiterMemory;

  /**
   * @param perSecond requests a second for each key, or for each client address when there are no keys
   * @param replicaCount how many servers share these: each takes its part
   */
  constructor(
    perSecond: number,
    senders: Senders,
    replicaCount: () => number = () => 1,
  ) {
    this.#perSecond = perSecond;
    this.#replicaCount = replicaCount;
    this.#senders = senders;
    this.#limiter = new RateLimiterMemory({
      points: perSecond,
      duration: WINDOW_SECONDS,
    });
  }

  /**
   * Counts a request. The reply says how many are left, in the headers of
   * https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10.
   *
   * @throws {ServerError} `rate_limited`
   */
  async count(
    caller: Caller,
    request: Request,
    head: ReplyHead,
  ): Promise<void> {
    const limit = Math.max(
      1,
      Math.floor(this.#perSecond / this.#replicaCount()),
    );
    this.#limiter.points = limit;
    const who =
      caller.keyId === "" ? this.#senders.networkOf(request) : caller.keyId;
    const { left, isOver, waitMs } = await this.#take(who ?? "");
    const seconds = Math.ceil(waitMs / 1000);
    head.headers["ratelimit-policy"] =
      `"default";q=${limit};w=${WINDOW_SECONDS}`;
    head.headers["ratelimit"] = `"default";r=${left};t=${seconds}`;
    if (!isOver) return;
    throw new ServerError(
      "rate_limited",
      `This caller has sent more than ${limit} ${limit === 1 ? "request" : "requests"} in one second, which is its limit.`,
      { retryAfterSeconds: Math.max(1, seconds) },
    );
  }

  async #take(
    who: string,
  ): Promise<{ left: number; isOver: boolean; waitMs: number }> {
    try {
      const { remainingPoints, msBeforeNext } =
        await this.#limiter.consume(who);
      return { left: remainingPoints, isOver: false, waitMs: msBeforeNext };
    } catch (error) {
      // When the limit is exceeded, it throws its result instead of returning it.
      if (!(error instanceof RateLimiterRes)) throw error;
      return { left: 0, isOver: true, waitMs: error.msBeforeNext };
    }
  }
}
