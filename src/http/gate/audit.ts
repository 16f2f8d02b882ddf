/** Records refused requests in the audit log: what was asked for, by whom and from where. */
import type { Caller } from "../../access/caller.ts";
import type { Audit, AuditEvent } from "../../audit/entry.ts";
import type { RefusalCode } from "../../errors.ts";
import { RepeatedRefusals } from "./repeated.ts";
import type { Senders } from "./senders.ts";

/** The refusals that are recorded although nothing was to be changed: a missing, wrong, insufficient or overused key, or a wrong host. */
const STATUSES = new Set([401, 403, 421, 429]);

interface Refusal {
  readonly status: number;
  readonly code: RefusalCode;
}

export class AuditTrail implements Disposable {
  readonly #refusals: RepeatedRefusals;
  readonly #senders: Senders;
  /** The callers of the requests that are being answered. */
  readonly #callers = new WeakMap<Request, Caller>();

  constructor(audit: Audit, senders: Senders) {
    this.#refusals = new RepeatedRefusals(audit);
    this.#senders = senders;
  }

  [Symbol.dispose](): void {
    this.#refusals[Symbol.dispose]();
  }

  addressOf(request: Request): string | undefined {
    return this.#senders.addressOf(request);
  }

  /** Remembers whose key the request was sent with. */
  identify(request: Request, caller: Caller): void {
    this.#callers.set(request, caller);
  }

  /**
   * Records that the request was refused.
   *
   * @param event the event of the operation; undefined if it changes nothing, or if no operation matches
   */
  refuse(
    request: Request,
    refusal: Refusal,
    event: AuditEvent | undefined,
  ): void {
    if (event === undefined && !STATUSES.has(refusal.status)) return;
    const caller = this.#callers.get(request);
    this.#refusals.record({
      event: event ?? "access",
      outcome: "refused",
      key_id: caller?.keyId,
      key: caller?.name,
      address: this.addressOf(request),
      method: request.method,
      path: URL.parse(request.url)?.pathname,
      ...refusal,
    });
  }
}
