/** The options about what one request, and all requests together, may ask for. */
import { toByteCount, toInteger, UnitError } from "../../../units.ts";
import { option, under } from "../option.ts";
import { toCountLimit, toTimeout, toTimer } from "../values.ts";

/** SQLite refuses a row beyond 1,000,000,000 bytes, and a run's input and result share one: https://sqlite.org/limits.html */
const MAX_SIZE = "400MB";

/** What the listener accepts, with the request line. */
const MAX_HEADER_SIZE = "64KB";
const MIN_HEADER_SIZE = "1KB";

export const limitOptions = under("Limits:", {
  rateLimit: option("--rate-limit <count>", {
    help: "Requests per second for each API key, or for each client address if there are no keys; more are refused with 429; none for no limit",
    default: "none",
    parse: toCountLimit("none", 1_000_000),
  }),
  maxRunsPerKey: option("--max-runs-per-key <count>", {
    help: "Runs of one API key that may be queued or running; more are refused with 429; all for no limit",
    default: "all",
    parse: toCountLimit("all", 10_000_000),
  }),
  keyShare: option("--key-share <percent>", {
    help: "Largest share of slots, child processes, queue places, streams and disk space that one API key may take while there are other keys; all for no limit",
    default: "75%",
    parse: toFraction,
  }),
  maxRequests: option("--max-requests <count>", {
    help: "Requests that may be in progress at once; more are refused with 503; none for no limit",
    default: "20000",
    parse: toCountLimit("none", 10_000_000),
  }),
  maxRequestsPerKey: option("--max-requests-per-key <count>", {
    help: "Requests of one API key that may be in progress at once; more are refused with 429; keys with the scope admin are exempt; all for no limit",
    default: "5000",
    parse: toCountLimit("all", 10_000_000),
  }),
  maxConnections: option("--max-connections <count>", {
    help: "Approximate number of connections that may be open at once; beyond it, requests are refused with 503 and their connections closed",
    default: "25000",
    parse: (text) => toInteger(text, 1, 10_000_000),
  }),
  maxHeldBytes: option("--max-held-bytes <size>", {
    help: "Memory for large inputs and replies; one API key may use half of it; more are refused with 503 or 429",
    default: "256MB",
    parse: toByteCount,
  }),
  maxStreams: option("--max-streams <count>", {
    help: "Streams of events and logs that may be open at once; more are refused with 503",
    default: "1000",
    parse: (text) => toInteger(text, 0, 1_000_000),
  }),
  requestTimeoutMs: option("--request-timeout <duration>", {
    help: "Time that the body of a request may take to arrive; a slower one is refused with 408",
    default: "30s",
    parse: toTimeout,
  }),
  idleTimeoutMs: option("--idle-timeout <duration>", {
    help: "Time after which an idle connection is closed, at most 255s; behind a load balancer it should be longer than the balancer's own",
    default: "75s",
    parse: toIdleTimeout,
  }),
  maxHeaderBytes: option("--max-header-bytes <size>", {
    help: "Largest total size of the headers of a request, at most 64KB; larger ones are refused with 431",
    default: MAX_HEADER_SIZE,
    parse: toHeaderSize,
  }),
  maxInputBytes: option("--max-input-bytes <size>", {
    help: "Largest input; a larger one is refused with 413",
    default: "10MB",
    parse: toSize,
  }),
  maxInputDepth: option("--max-input-depth <count>", {
    help: "Deepest nesting of objects and arrays in an input; a deeper one is refused with 422",
    default: "1000",
    parse: (text) => toInteger(text, 1, 5000),
  }),
  maxInputValues: option("--max-input-values <count>", {
    help: "Largest total number of object members and array items in an input, defaults included; more are refused with 422",
    default: "100000",
    parse: (text) => toInteger(text, 1, 100_000_000),
  }),
  maxArtifactBytes: option("--max-artifact-bytes <size>", {
    help: "Largest total size of the artifacts of one run",
    default: "100MB",
    parse: toByteCount,
  }),
  maxTotalArtifactBytes: option("--max-total-artifact-bytes <size>", {
    help: "Largest total size of the artifacts of all runs",
    default: "10GB",
    parse: toByteCount,
  }),
  maxLogBytes: option("--max-log-bytes <size>", {
    help: "Largest log that is kept for one run; a longer one is cut",
    default: "1MB",
    parse: toSize,
  }),
  maxCheckMs: option("--max-check <duration>", {
    help: "Time that parsing and checking a large input may take in its thread; if it takes longer, the input is refused with 422",
    default: "5s",
    parse: toTimeout,
  }),
  maxResultBytes: option("--max-result-bytes <size>", {
    help: "Largest result; a run with a larger one fails",
    default: "50MB",
    parse: toSize,
  }),
});

function toSize(text: string): number {
  const count = toByteCount(text);
  if (count > toByteCount(MAX_SIZE))
    throw new UnitError(`It must be at most ${MAX_SIZE}.`);
  return count;
}

function toFraction(text: string): number {
  if (text === "all") return 1;
  const [, percent] = /^(\d{1,2})%$/.exec(text) ?? [];
  if (percent !== undefined && Number(percent) > 0)
    return Number(percent) / 100;
  throw new UnitError('It must be from "1%" to "99%", or "all".');
}

function toHeaderSize(text: string): number {
  const count = toByteCount(text);
  const isAllowed =
    count >= toByteCount(MIN_HEADER_SIZE) &&
    count <= toByteCount(MAX_HEADER_SIZE);
  if (isAllowed) return count;
  throw new UnitError(
    `It must be from ${MIN_HEADER_SIZE} to ${MAX_HEADER_SIZE}.`,
  );
}

/** Bun counts them in whole seconds, of which it has 255: https://bun.com/docs/runtime/http/server#idletimeout */
function toIdleTimeout(text: string): number {
  const ms = toTimer(text);
  if (ms >= 1000 && ms <= 255_000 && ms % 1000 === 0) return ms;
  throw new UnitError('It must be whole seconds from "1s" to "255s".');
}
