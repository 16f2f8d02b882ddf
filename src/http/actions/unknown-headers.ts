/** Refuses headers that look like those of this server but are not: a mistyped one would silently do nothing. */
import { ServerError } from "../../errors.ts";
import { didYouMean } from "../unknown/nearest.ts";

const PREFIX = /^x-actions?-/;
/** Headers of replies, and those of the original's cloud, which its clients send back when they look at a run. */
const REPLIED = /^x-action-(?:server-|async-completion$)/;
/** What clients of the original send beside the input. */
export const CONTEXT_HEADERS = [
  "x-action-context",
  "x-data-context",
  "x-action-invocation-context",
] as const;
const CONTEXTS: ReadonlySet<string> = new Set(CONTEXT_HEADERS);
const MAX_SHOWN = 100;

/** @throws {ServerError} `invalid_header` */
export function refuseUnknownHeaders(
  headers: { keys(): Iterable<string> },
  known: readonly string[],
): void {
  for (const name of headers.keys()) {
    if (
      !PREFIX.test(name) ||
      known.includes(name) ||
      REPLIED.test(name) ||
      CONTEXTS.has(name)
    )
      continue;
    const all = [...known, ...CONTEXT_HEADERS];
    const own = all.filter((each) => PREFIX.test(each));
    throw new ServerError(
      "invalid_header",
      `${name.slice(0, MAX_SHOWN)} is not a header that this server knows. ${didYouMean(name, own)}`,
    );
  }
}
