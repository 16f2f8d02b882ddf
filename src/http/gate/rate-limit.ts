/** Limits how many requests a second each caller may send, and says how many are left. */
import { Elysia } from "elysia";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { ServerError } from "../../errors.ts";
import type { Access } from "./access.ts";
import type { Rules } from "./rules.ts";

export interface RateLimitOptions {
  /** Requests a second for each key, or for each client address when there are no keys. */
  readonly perSecond: number;
  /** @returns the address of the client */
  readonly addressOf: (request: Request) => string | undefined;
}

/** The length of the window in which requests are counted. */
const WINDOW_SECONDS = 1;

/**
 * Every reply says how many requests are left, in the headers of
 * https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10. Routes that need no key are not counted,
 * because machines poll them for the server's health.
 *
 * @param access comes first, because it finds the caller
 */
export function rateLimit(
  { perSecond, addressOf }: RateLimitOptions,
  { access, rules }: { access: Access; rules: Rules },
) {
  // It forgets a caller when the window is over.
  const limiter = new RateLimiterMemory({
    points: perSecond,
    duration: WINDOW_SECONDS,
  });
  const policy = `"default";q=${perSecond};w=${WINDOW_SECONDS}`;
  return new Elysia({ name: "rate-limit" })
    .use(access)
    .derive({ as: "global" }, async ({ caller, request, route, set }) => {
      if (rules.find(request.method, route).need === "open") return {};
      const who = caller.keyId === "" ? addressOf(request) : caller.keyId;
      const { left, isOver, waitMs } = await take(limiter, who ?? "");
      set.headers["ratelimit-policy"] = policy;
      set.headers["ratelimit"] =
        `"default";r=${left};t=${Math.ceil(waitMs / 1000)}`;
      if (isOver)
        throw new ServerError(
          "rate_limited",
          `This caller has sent more than ${perSecond} ${perSecond === 1 ? "request" : "requests"} in one second, which is its limit.`,
          { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) },
        );
      return {};
    });
}

async function take(
  limiter: RateLimiterMemory,
  who: string,
): Promise<{ left: number; isOver: boolean; waitMs: number }> {
  try {
    const { remainingPoints, msBeforeNext } = await limiter.consume(who);
    return { left: remainingPoints, isOver: false, waitMs: msBeforeNext };
  } catch (error) {
    // When the limit is exceeded, it throws its result instead of returning it.
    if (!(error instanceof RateLimiterRes)) throw error;
    return { left: 0, isOver: true, waitMs: error.msBeforeNext };
  }
}
