/** How a person wants an action to be run, and the headers that say so. */

export const WAYS = ["now", "background", "callback"] as const;
export type Way = (typeof WAYS)[number];

export interface Wanted {
  readonly way: Way;
  readonly callbackUrl?: string;
  readonly requestId?: string;
  readonly idempotencyKey?: string;
  /** Seconds. */
  readonly runTimeout?: string;
  readonly startTimeout?: string;
}

/** What a program would send for it. */
export function toHeaders(wanted: Wanted): Record<string, string> {
  return withoutEmpty({
    "x-actions-async-timeout": wanted.way === "now" ? "" : "0",
    "x-actions-async-callback":
      wanted.way === "callback" ? wanted.callbackUrl : "",
    "x-actions-request-id": wanted.requestId,
    "idempotency-key": wanted.idempotencyKey,
    "x-actions-run-timeout": wanted.runTimeout,
    "x-actions-start-timeout": wanted.startTimeout,
  });
}

function withoutEmpty(
  headers: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && entry[1] !== "",
    ),
  );
}
