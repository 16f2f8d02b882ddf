/** The messages between the server and a child process. Bun's channel keeps the messages of each side in order. */
import type { Isolation } from "../../action/definition.ts";
import type { LogLevel } from "../../log.ts";
import type { Outcome, RunId } from "../../run/run.ts";

/** The only argument of a program that is started as a child. Nobody types it. */
export const CHILD_ARGUMENT = "--isolated-child";

/** The first message, with everything a child needs to know. A child reads neither options nor environment variables. */
export interface Setup {
  readonly kind: "setup";
  /** The absolute path of the actions folder. */
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
      /** The version of the code that the run was accepted for. */
      readonly version: string | undefined;
      /** The checked input with its defaults, as JSON text. */
      readonly input: string;
    }
  /** Asks the run to end: its signal aborts with this message. */
  | { readonly kind: "abort"; readonly message: string };

export type ToServer =
  /** Says that the child can run the actions of this version of the folder. */
  | { readonly kind: "ready"; readonly version: string }
  /** Says that the child cannot run actions and ends. */
  | { readonly kind: "broken"; readonly reason: string }
  /** Says that the run's code is about to be called. */
  | { readonly kind: "taken" }
  /** Says that the run's code has ended. */
  | { readonly kind: "ended"; readonly outcome: Outcome };
