/** The messages between the server and a child process. Bun's channel keeps the messages of each side in order. */
import type { Isolation } from "../../action/definition.ts";
import type { Progress } from "../../run/kept-log/line.ts";
import type { Outcome, RunId } from "../../run/run.ts";
import type { Contexts } from "../../secrets/sent-request.ts";

/** The only argument of a program that is started as a child. Nobody types it. */
export const CHILD_ARGUMENT = "--isolated-child";

/** The first message, with everything a child needs to know. A child reads neither options nor environment variables. */
export interface Setup {
  readonly kind: "setup";
  /** The absolute path of the actions folder. */
  readonly actions: string;
  readonly isolation: Isolation;
  readonly maxResultBytes: number;
  /** The data folder, below which runs leave their artifacts. */
  readonly data: string;
  readonly maxArtifactBytes: number;
  /** Whether its code is traced, by what the environment says of OpenTelemetry. */
  readonly isTraced: boolean;
}

interface WireRequest {
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly cookie: string | null;
  readonly contexts: Contexts;
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
      /** How many bytes of artifacts may still be written, by all runs. */
      readonly artifactRoom: number;
      readonly secrets: Readonly<Record<string, string>>;
      /** What came with its request; undefined when that is not known. */
      readonly sent: WireRequest | undefined;
      readonly callerName: string;
      readonly traceparent: string | null;
      readonly tracestate: string | null;
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
  /** Says how far the run has come. */
  | { readonly kind: "progress"; readonly progress: Progress }
  /** Says what the code has yielded, as JSON. */
  | { readonly kind: "chunk"; readonly text: string }
  /** A part of a large result: the outcome, which comes after all parts, has none then. */
  | { readonly kind: "part"; readonly text: string }
  /** Says that the run has left a file of so many bytes. */
  | { readonly kind: "artifact"; readonly bytes: number }
  /** Says that an attempt has failed with this error, as a log writes it. */
  | {
      readonly kind: "thrown";
      readonly message: string;
      readonly error: unknown;
      readonly markCount: number;
    }
  /**
   * Says that the run's code has ended. What it logged before is on standard error, up to the `markCount`th mark; where
   * it logged nothing, that mark has come before.
   */
  | {
      readonly kind: "ended";
      readonly outcome: Outcome;
      readonly markCount: number;
    };
