/** Describes the problems that an operation may answer with. Their texts are made of their codes, so that they cannot be wrong. */
import type { ErrorCode } from "../../errors.ts";
import type { Operation, Replies } from "../operation.ts";
import { statusOf, titleOf } from "../problem.ts";
import { problem } from "./describe.ts";

/** Any request may meet these, whatever it asks for. */
const OF_ANY_REQUEST: readonly ErrorCode[] = [
  "invalid_target",
  "invalid_header",
  "invalid_parameter",
  "host_not_allowed",
  "origin_not_allowed",
  "headers_too_large",
  "internal",
];
/** Requests for an operation that is not open may meet these too, if the server has such limits, or accepts access tokens. */
const OF_COUNTED_REQUESTS: readonly ErrorCode[] = [
  "rate_limited",
  "overloaded",
  "issuer_unavailable",
];
/** They may meet these on a server that asks for keys. */
const OF_GUARDED_REQUESTS: readonly ErrorCode[] = ["unauthorized", "forbidden"];

/** A reply about a run that exists names it. */
export const RUN_ID = { "x-action-server-run-id": "The run's id." };
const RUN_ID_IF_ANY = {
  "x-action-server-run-id": "The run's id, if there is a run.",
};
const RETRY_AFTER = { "retry-after": "The seconds after which to try again." };
const TEMPORARY = new Set<number | "default">([429, 503]);
const CHALLENGE = { "www-authenticate": "How to send a key (RFC 6750)." };

type Described = Pick<Operation<never>, "need" | "problems" | "path">;

/** Whether its replies are about a run. */
export function isAboutRun({ path }: Pick<Described, "path">): boolean {
  return path.startsWith("/api/runs/:") || path.endsWith("/run");
}

/** @returns every code with which a request for this operation may be refused, or its run may end */
export function codesOf({
  need,
  problems,
}: Omit<Described, "path">): ReadonlySet<ErrorCode> {
  const counted = need === "open" ? [] : OF_COUNTED_REQUESTS;
  const guarded = need === "open" ? [] : OF_GUARDED_REQUESTS;
  return new Set([...problems, ...OF_ANY_REQUEST, ...counted, ...guarded]);
}

/** @returns a reply for each status of the operation's own codes, and one for everything else */
export function problemReplies(described: Described): Replies {
  const own = new Set(described.problems.map(statusOf));
  const byStatus = new Map<number | "default", ErrorCode[]>();
  for (const code of codesOf(described)) {
    if (OF_GUARDED_REQUESTS.includes(code)) continue;
    const status = statusOf(code);
    const key = own.has(status) ? status : "default";
    byStatus.set(key, [...(byStatus.get(key) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      problem(toText(codes), {
        ...(isAboutRun(described) ? RUN_ID_IF_ANY : {}),
        ...(TEMPORARY.has(status) ? RETRY_AFTER : {}),
      }),
    ]),
  );
}

/** @returns the replies that every operation which is not open has on a server that asks for keys */
export function guardReplies(): Replies {
  return Object.fromEntries(
    OF_GUARDED_REQUESTS.map((code) => {
      const headers = code === "unauthorized" ? CHALLENGE : {};
      return [statusOf(code), problem(toText([code]), headers)];
    }),
  );
}

/** @returns such as "Run not finished (`run_not_finished`)." */
function toText(codes: readonly ErrorCode[]): string {
  return `${codes.map((code) => `${titleOf(code)} (\`${code}\`)`).join(", or ")}.`;
}
