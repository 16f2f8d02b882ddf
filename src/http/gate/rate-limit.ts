/** How many requests a second each caller may send, and how much of that is left. */
import { Elysia } from "elysia";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { ServerError } from "../../errors.ts";
import type { Access } from "./access.ts";
import type { Rules } from "./rules.ts";

export interface RateLimitOptions {
  /** Requests a second, of each key; where there are no keys, of each client address. */
  readonly perSecond: number;
  /** @returns the address of the client */
  readonly addressOf: (request: Request) => string | undefined;
}

/** Of the window in which requests are counted. */
const SECONDS = 1;

/**
 * Every reply says what is left, in the fields of
 * https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10. What needs no key is not counted:
 * health is asked for by machines.
 *
 * @param access gives the caller, and so comes first
 */
export function rateLimit(
  { perSecond, addressOf }: RateLimitOptions,
  { access, rules }: { access: Access; rules: Rules },
) {
  // Forgets a caller when its second is over.
  const limiter = new RateLimiterMemory({
    points: perSecond,
    duration: SECONDS,
  });
  const policy = `"default";q=${perSecond};w=${SECONDS}`;
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
          `More than ${perSecond} requests in a second are too many.`,
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
    // It throws what it has counted when that is too much.
    if (!(error instanceof RateLimiterRes)) throw error;
    return { left: 0, isOver: true, waitMs: error.msBeforeNext };
  }
}
