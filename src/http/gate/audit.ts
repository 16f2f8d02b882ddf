/** Records refused requests in the audit log: what was asked for, by whom and from where. */
import type { Caller } from "../../access/caller.ts";
import type { Audit, AuditEvent } from "../../audit/entry.ts";
import type { RefusalCode } from "../../errors.ts";
import type { Rules } from "./rules.ts";

/** The audit events of the routes that change something. All their refusals are recorded, whatever the reason. */
export const EVENTS: Readonly<Record<string, AuditEvent>> = {
  "POST /api/actions/:package/:action/run": "run.start",
  "POST /api/runs/:id/cancel": "run.cancel",
  "DELETE /api/runs/:id": "run.delete",
  "POST /api/runs/:id/callback/redeliver": "callback.redeliver",
  "POST /api/callbacks/redeliver": "callback.redeliver",
};
/** The refusals that are recorded for any other route: a missing, wrong, insufficient or overused key, or a wrong host. */
const STATUSES = new Set([401, 403, 421, 429]);

export class AuditTrail {
  readonly #audit: Audit;
  readonly addressOf: (request: Request) => string | undefined;
  /** The callers of the requests that are being answered. */
  readonly #callers = new WeakMap<Request, Caller>();

  constructor(parts: {
    audit: Audit;
    /** @returns the address of the client */
    addressOf: (request: Request) => string | undefined;
  }) {
    this.#audit = parts.audit;
    this.addressOf = parts.addressOf;
  }

  /** Remembers whose key the request was sent with. */
  identify(request: Request, caller: Caller): void {
    this.#callers.set(request, caller);
  }

  /**
   * Records that the request was refused.
   *
   * @param route.path the path as the application declares it, with parameters
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
      address: this.addressOf(request),
    };
  }
}
