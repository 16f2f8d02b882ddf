/** Parses the headers of a request for a run. */
import { t } from "elysia";
import { ServerError } from "../../errors.ts";
import type { RunRequest } from "../../run/accept.ts";
import { parseSeconds, SECONDS, SECONDS_ABOVE_0 } from "../seconds.ts";
import { refuseUnknownHeaders } from "./unknown-headers.ts";
import { parsePrefer } from "./prefer.ts";

const ID = "^[ -~]{0,255}$";

/** The request headers of `POST …/run`, as the API documentation describes them. */
export const runHeaders = t.Object(
  {
    "x-actions-async-timeout": t.Optional(
      t.String({
        pattern: SECONDS,
        description:
          'How many seconds you wait for the outcome, such as "0", "0.2" or "30". After that the reply is "async-return" and the run goes on. Without this header you wait until the run finishes.',
      }),
    ),
    "x-actions-async-callback": t.Optional(
      t.String({
        // An empty value means no callback, as in Sema4.ai's Action Server.
        pattern: "^([hH][tT][tT][pP][sS]?://.+)?$",
        description:
          'Absolute http or https URL to which the outcome is sent if your reply was "async-return".',
      }),
    ),
    "x-actions-request-id": t.Optional(
      t.String({
        pattern: ID,
        description:
          "Your own id for this request, 1 to 255 printable ASCII characters. With it you can find the run if the reply was lost.",
      }),
    ),
    prefer: t.Optional(
      t.String({
        description:
          "`respond-async`, `wait=N` in seconds, or both (RFC 7240). `x-actions-async-timeout` takes precedence.",
      }),
    ),
    "x-actions-run-timeout": t.Optional(
      t.String({
        pattern: SECONDS_ABOVE_0,
        description:
          "How many seconds the run may take once it has started. A shorter limit of the action or the server takes precedence.",
      }),
    ),
    "x-actions-start-timeout": t.Optional(
      t.String({
        pattern: SECONDS_ABOVE_0,
        description: "How many seconds the run may stay queued.",
      }),
    ),
    "idempotency-key": t.Optional(
      t.String({
        minLength: 1,
        pattern: ID,
        description:
          "1 to 255 printable ASCII characters. A request that is repeated with the same key does not start another run.",
      }),
    ),
    "x-actions-on-disconnect": t.Optional(
      t.String({
        enum: ["continue", "cancel"],
        description:
          '"cancel" cancels the run if your connection breaks before the run ends. "continue", the default, lets the run go on.',
      }),
    ),
    traceparent: t.Optional(
      t.String({
        description: "W3C trace context, which is passed on to the callback.",
      }),
    ),
    tracestate: t.Optional(
      t.String({
        description: "W3C trace context, which is passed on to the callback.",
      }),
    ),
  },
  { additionalProperties: true },
);

const NAMES = Object.keys(runHeaders.properties);

/** The headers as they were sent. Only those that are described can be read. */
export interface SentHeaders {
  get(name: keyof typeof runHeaders.properties): string | null;
  keys(): Iterable<string>;
}

/** The parsed headers of a request for a run. */
export type RunHeaders = Pick<
  RunRequest,
  | "waitMs"
  | "callbackUrl"
  | "requestId"
  | "traceparent"
  | "tracestate"
  | "idempotencyKey"
  | "startTimeoutMs"
  | "runTimeoutMs"
> & {
  readonly onDisconnect: "continue" | "cancel";
  /** The preference that is honoured if the run detaches: the caller gets 202 and this text in `preference-applied`. */
  readonly preference: string | undefined;
};

const PRINTABLE = /^[\x20-\x7e]{1,255}$/;
const QUOTED = /^"(?:[^"\\]|\\["\\])*"$/;
/** https://www.w3.org/TR/trace-context/#traceparent-header-field-values */
const TRACEPARENT =
  /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
/** https://www.w3.org/TR/trace-context/#tracestate-limits */
const MAX_TRACESTATE_LENGTH = 512;

/**
 * @param limit.maxWaitMs the longest wait, to which longer ones are shortened
 * @throws {ServerError} `invalid_header`
 */
export function toRunHeaders(
  headers: SentHeaders,
  limit: { maxWaitMs: number },
): RunHeaders {
  refuseUnknownHeaders(headers, NAMES);
  const traceparent = toTraceparent(headers.get("traceparent"));
  const { waitMs, preference } = toWait(headers, limit.maxWaitMs);
  return {
    waitMs,
    preference,
    callbackUrl: toCallbackUrl(headers.get("x-actions-async-callback")),
    requestId: toRequestId(headers.get("x-actions-request-id")),
    startTimeoutMs: toTimeoutMs("x-actions-start-timeout", headers),
    runTimeoutMs: toTimeoutMs("x-actions-run-timeout", headers),
    idempotencyKey: toIdempotencyKey(headers.get("idempotency-key")),
    onDisconnect: toOnDisconnect(headers.get("x-actions-on-disconnect")),
    traceparent,
    tracestate:
      traceparent === null ? null : toTracestate(headers.get("tracestate")),
  };
}

const FOR_EVER = { waitMs: Infinity, preference: undefined };

function toWait(
  headers: SentHeaders,
  maxWaitMs: number,
): Pick<RunHeaders, "waitMs" | "preference"> {
  const timeout = headers.get("x-actions-async-timeout");
  if (timeout !== null) {
    const seconds = parseSeconds(timeout);
    if (seconds === undefined)
      throw new ServerError(
        "invalid_header",
        `x-actions-async-timeout must be a number of seconds such as "0", "0.2" or "30", not ${quote(timeout)}.`,
      );
    return {
      waitMs: Math.min(seconds * 1000, maxWaitMs),
      preference: undefined,
    };
  }
  const prefer = headers.get("prefer");
  if (prefer === null) return FOR_EVER;
  const { respondAsync, waitSeconds } = parsePrefer(prefer);
  if (waitSeconds !== undefined)
    return {
      waitMs: Math.min(waitSeconds * 1000, maxWaitMs),
      preference: `${respondAsync ? "respond-async, " : ""}wait=${waitSeconds}`,
    };
  return respondAsync ? { waitMs: 0, preference: "respond-async" } : FOR_EVER;
}

function toTimeoutMs(
  name: "x-actions-run-timeout" | "x-actions-start-timeout",
  headers: SentHeaders,
): number {
  const header = headers.get(name);
  if (header === null) return Infinity;
  const seconds = parseSeconds(header);
  if (seconds === undefined || seconds === 0)
    throw new ServerError(
      "invalid_header",
      `${name} must be a number of seconds above 0, such as "0.5" or "30", not ${quote(header)}.`,
    );
  return seconds * 1000;
}

function toCallbackUrl(header: string | null): URL | null {
  if (header === null || header === "") return null;
  const url = URL.parse(header);
  if (url === null || !["http:", "https:"].includes(url.protocol))
    throw new ServerError(
      "invalid_header",
      `x-actions-async-callback must be an absolute http or https URL, not ${quote(header)}.`,
    );
  return url;
}

function toRequestId(header: string | null): string {
  if (header === null || header === "") return "";
  if (!PRINTABLE.test(header))
    throw new ServerError(
      "invalid_header",
      `x-actions-request-id must be 1 to 255 printable ASCII characters, not ${quote(header)}.`,
    );
  return header;
}

/** Parses a structured-field string (RFC 8941 section 3.3.3), as the draft on Idempotency-Key defines it, or a bare key. */
function toIdempotencyKey(header: string | null): string | undefined {
  if (header === null) return undefined;
  const isQuoted = QUOTED.test(header);
  const key = isQuoted
    ? header.slice(1, -1).replaceAll(/\\(["\\])/g, "$1")
    : header;
  if (!PRINTABLE.test(key) || (!isQuoted && key.startsWith('"')))
    throw new ServerError(
      "invalid_header",
      `Idempotency-Key must be 1 to 255 printable ASCII characters, not ${quote(header)}.`,
    );
  return key;
}

function toOnDisconnect(header: string | null): "continue" | "cancel" {
  if (header === null) return "continue";
  if (header !== "continue" && header !== "cancel")
    throw new ServerError(
      "invalid_header",
      `x-actions-on-disconnect must be "continue" or "cancel", not ${quote(header)}.`,
    );
  return header;
}

function toTraceparent(header: string | null): string | null {
  return header !== null && TRACEPARENT.test(header) ? header : null;
}

function toTracestate(header: string | null): string | null {
  if (header === null || header === "") return null;
  return header.length <= MAX_TRACESTATE_LENGTH ? header : null;
}

/** Quotes what the caller sent, shortened so that the message stays readable. */
function quote(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
