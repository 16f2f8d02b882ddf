/**
 * Facts about runs. Each is published once, and those of one run in order; a fact a caller could act on is published
 * after it is on disk. What only watches runs listens here: callback delivery, the audit log, the log, live streams.
 */
import type { Caller } from "../access/caller.ts";
import type { DeliveryAttempt, DeliveryState } from "./delivery/delivery.ts";
import type { LogLine } from "./kept-log/line.ts";
import type { KeptProgress } from "./kept-log/log-store.ts";
import type { Outcome, Run, RunError } from "./run.ts";

/** What a fact says of its run. */
export type RunFacts = Pick<
  Run,
  | "id"
  | "package"
  | "action"
  | "owner"
  | "requestId"
  | "callbackUrl"
  | "createdAt"
  | "traceparent"
  | "tracestate"
>;

type Fact =
  /** The run is on disk. `by` is who asked for it. */
  | { readonly kind: "accepted"; readonly by: Caller }
  /** A request with the idempotency key of this run was answered with it. */
  | { readonly kind: "repeated"; readonly by: Caller }
  /** The code of the run is called for the `attempt`th time. */
  | { readonly kind: "started"; readonly attempt: number }
  /** An attempt failed, and another one is due at `nextAttemptAt`. */
  | {
      readonly kind: "attempt_failed";
      readonly attempt: number;
      readonly error: RunError;
      readonly nextAttemptAt: number;
    }
  /** A line of the run's log, which is on disk. `seq` counts the lines of the run. */
  | {
      readonly kind: "log";
      readonly seq: number;
      readonly lineAt: number;
      readonly line: LogLine;
    }
  /** How far the run has come, which is on disk. Of several within moments, only the last is told. */
  | { readonly kind: "progress"; readonly progress: KeptProgress }
  /** The waiting caller is told "async-return". */
  | { readonly kind: "detached" }
  /** The connection of the waiting caller broke before it was told. */
  | { readonly kind: "unheard" }
  /** Somebody asked for the run to be cancelled, and that is what ended it, or not. */
  | {
      readonly kind: "cancel_asked";
      readonly by: Caller;
      readonly result: "cancelled" | "not-running";
    }
  /** The run has its outcome. `runMs` is null when it never started. */
  | {
      readonly kind: "finished";
      readonly outcome: Outcome;
      readonly runMs: number | null;
    }
  /** A callback to this host and port is due now. */
  | { readonly kind: "owed"; readonly host: string }
  /** An attempt to deliver the callback has ended, and made the delivery what `state` says. */
  | {
      readonly kind: "callback_attempt";
      readonly attempt: DeliveryAttempt;
      readonly host: string;
      readonly state: DeliveryState;
    }
  /** Somebody asked for the callback of the run to be sent again. */
  | { readonly kind: "redelivered"; readonly by: Caller }
  /** The run and all that was kept of it is deleted. */
  | { readonly kind: "deleted"; readonly by: Caller }
  /** This process no longer works on the run: it has its outcome, or the next start goes on with it. */
  | { readonly kind: "released" };

/** Somebody asked for all dead callbacks of a receiver to be sent again: that many are due now. */
export interface HostRedelivered {
  readonly kind: "host_redelivered";
  readonly host: string;
  readonly count: number;
  readonly by: Caller;
}

/** A fact, with the run it is about and when it was published, in milliseconds since 1970 UTC. */
export type RunEvent = { readonly at: number } & (
  (Fact & { readonly run: RunFacts }) | HostRedelivered
);
export type RunEventKind = RunEvent["kind"];
export type EventOf<Kind extends RunEventKind> = Extract<
  RunEvent,
  { kind: Kind }
>;

type Listener = (event: RunEvent) => void;

export class RunEvents {
  readonly #listeners = new Map<RunEventKind, Set<Listener>>();
  readonly #onError: (error: unknown) => void;

  /** @param onError is told what a listener throws: the others hear the event all the same */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Calls `listener` with every event of these kinds, until what it returns is disposed of. */
  listen<Kind extends RunEventKind>(
    kinds: readonly Kind[],
    listener: (event: EventOf<Kind>) => void,
  ): Disposable {
    for (const kind of kinds) {
      const listeners = this.#listeners.get(kind) ?? new Set();
      this.#listeners.set(kind, listeners.add(listener as Listener));
    }
    return {
      [Symbol.dispose]: () => {
        for (const kind of kinds) {
          const listeners = this.#listeners.get(kind);
          listeners?.delete(listener as Listener);
          if (listeners?.size === 0) this.#listeners.delete(kind);
        }
      },
    };
  }

  /** Whether anybody listens: what nobody hears need not be made. */
  isHeard(kind: RunEventKind): boolean {
    return this.#listeners.has(kind);
  }

  publish(run: RunFacts, fact: Fact): void {
    if (this.isHeard(fact.kind)) this.#tell({ ...fact, run, at: Date.now() });
  }

  /** Publishes a fact about many runs at once. */
  publishForHost(fact: HostRedelivered): void {
    if (this.isHeard(fact.kind)) this.#tell({ ...fact, at: Date.now() });
  }

  #tell(event: RunEvent): void {
    const listeners = this.#listeners.get(event.kind) ?? [];
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
