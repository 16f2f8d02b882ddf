/** Turns a request of a client into a question to the domain. */
import type { ServerContext } from "@modelcontextprotocol/server";
import type { Caller } from "../access/caller.ts";
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import type { Question } from "../run/ask.ts";
import type { SentRequest } from "../secrets/sent-request.ts";

/** https://www.w3.org/TR/trace-context/#traceparent-header-field-values */
const TRACEPARENT =
  /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** What is asked of an action, by whom. */
export interface Wanted {
  readonly entry: CatalogEntry;
  readonly input: unknown;
  readonly caller: Caller;
  /** How long the caller waits for the outcome, in milliseconds; by default until it is known. */
  readonly waitMs?: number;
  /** What came with the request over HTTP. */
  readonly sent?: SentRequest | undefined;
}

/** If the caller gives up while it waits, the run is cancelled. */
export function toQuestion(
  { entry, input, caller, waitMs = Infinity, sent }: Wanted,
  context: ServerContext,
): Question {
  const { signal, _meta: meta = {} } = context.mcpReq;
  const traceparent = toText(meta["traceparent"]);
  const isTraced = traceparent !== null && TRACEPARENT.test(traceparent);
  return {
    caller,
    package: entry.package,
    action: entry.name,
    input,
    sent,
    waitMs,
    callbackUrl: null,
    requestId: "",
    traceparent: isTraced ? traceparent : null,
    tracestate: isTraced ? toText(meta["tracestate"]) : null,
    idempotencyKey: undefined,
    startTimeoutMs: Infinity,
    runTimeoutMs: Infinity,
    connection: { signal },
    onDisconnect: "cancel",
  };
}

function toText(value: unknown): string | null {
  return typeof value === "string" && value.length <= 512 ? value : null;
}
