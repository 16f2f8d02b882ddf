/** Tells the audit log of requests: what was asked for, by whom, from where, and whether it was allowed. */
import type { Caller } from "../../access/caller.ts";
import type { Audit, AuditEntry, AuditEvent } from "../../audit/entry.ts";
import type { RefusalCode } from "../../errors.ts";
import type { Rules } from "./rules.ts";

/** What the routes that change something are in the audit log. What they refuse is told, whatever the reason. */
export const EVENTS: Readonly<Record<string, AuditEvent>> = {
  "POST /api/actions/:package/:action/run": "run.start",
  "POST /api/runs/:id/cancel": "run.cancel",
  "DELETE /api/runs/:id": "run.delete",
  "POST /api/runs/:id/callback/redeliver": "callback.redeliver",
  "POST /api/callbacks/redeliver": "callback.redeliver",
};
/** Of any other route only these refusals are told: a key is missing, wrong, too weak or used too much, or the name is another's. */
const STATUSES = new Set([401, 403, 421, 429]);

type What = Pick<AuditEntry, "run_id" | "request_id" | "action" | "result">;

export class AuditTrail {
  readonly #audit: Audit;
  readonly #addressOf: (request: Request) => string | undefined;
  /** Who sent the requests that are being answered. */
  readonly #callers = new WeakMap<Request, Caller>();

  constructor(parts: {
    audit: Audit;
    /** @returns the address of the client */
    addressOf: (request: Request) => string | undefined;
  }) {
    this.#audit = parts.audit;
    this.#addressOf = parts.addressOf;
  }

  /** The request was sent with the key of this caller. */
  identify(request: Request, caller: Caller): void {
    this.#callers.set(request, caller);
  }

  /** It was done. */
  allow(event: AuditEvent, request: Request, what: What): void {
    this.#audit.record({
      event,
      outcome: "allowed",
      ...this.#who(request),
      ...what,
    });
  }

  /**
   * It was refused.
   *
   * @param route.path as the application names it, with parameters
   */
  refuse(
    request: Request,
    refusal: { status: number; code: RefusalCode },
    { rules, path }: { rules: Rules; path: string },
  ): void {
    const event = EVENTS[rules.find(request.method, path).pattern];
    if (event === undefined && !STATUSES.has(refusal.status)) return;
    this.#audit.record({
      event: event ?? "access",
      outcome: "refused",
      ...this.#who(request),
      method: request.method,
      path: URL.parse(request.url)?.pathname,
      ...refusal,
    });
  }

  #who(request: Request) {
    const caller = this.#callers.get(request);
    return {
      key_id: caller?.keyId,
      key: caller?.name,
      address: this.#addressOf(request),
    };
  }
}
