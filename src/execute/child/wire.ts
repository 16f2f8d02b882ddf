/** What the server and a child process tell each other: Bun's channel between processes keeps the order of each side. */
import type { Isolation } from "../../action/definition.ts";
import type { LogLevel } from "../../log.ts";
import type { Outcome, RunId } from "../../run/run.ts";

/** The only argument of the program when it is to be a child. Nobody types it. */
export const CHILD_ARGUMENT = "--isolated-child";

/** The first message: everything a child needs to know. It reads neither options nor environment. */
export interface Setup {
  readonly kind: "setup";
  /** Absolute path of the folder of actions. */
  readonly actions: string;
  readonly isolation: Isolation;
  readonly maxResultBytes: number;
  readonly logLevel: LogLevel;
}

export type ToChild =
  | Setup
  | {
      readonly kind: "run";
      readonly id: RunId;
      readonly requestId: string;
      readonly attempt: number;
      readonly package: string;
      readonly action: string;
      /** JSON text, checked and with defaults. */
      readonly input: string;
    }
  /** The run should end: its signal aborts with this message. */
  | { readonly kind: "abort"; readonly message: string };

export type ToServer =
  /** It can run actions: those of this fingerprint. */
  | { readonly kind: "ready"; readonly fingerprint: string }
  /** It cannot, and ends. */
  | { readonly kind: "broken"; readonly reason: string }
  /** The run's code is about to be called. */
  | { readonly kind: "taken" }
  /** The run's code has ended. */
  | { readonly kind: "ended"; readonly outcome: Outcome };
