/** The action: a user-written function with a name, an input schema and an output schema. */
import type { Static, TObject, TSchema } from "@sinclair/typebox";

/** What an action's own log lines become: entries of the server's log that carry the run's id. */
export interface ActionLog {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** What an action knows of the run it is part of. */
export interface RunContext {
  /** Aborts when the run is cancelled, has run out of time, or the server shuts down. Pass it on to `fetch` and timers. */
  readonly signal: AbortSignal;
  readonly log: ActionLog;
  /** UUIDv7 of this run. */
  readonly runId: string;
  /** The caller's own id from `x-actions-request-id`, "" when none. */
  readonly requestId: string;
  /** 1 for the first try, 2 for the second … */
  readonly attempt: number;
}

export interface ActionDefinition<
  Input extends TSchema = TObject,
  Output extends TSchema = TSchema,
> {
  /** Said in `GET /api/actions` and in the docs. */
  description?: string;
  /** JSON Schema of the input, made with `t`. Omitted: an object without declared properties. */
  input?: Input;
  /** JSON Schema of the result, made with `t`. A result that breaks it fails the run. Omitted: anything JSON can hold. */
  output?: Output;
  run: (
    input: Static<Input>,
    context: RunContext,
  ) => Static<Output> | Promise<Static<Output>>;
}

/** Marks what `action()` returned, also across two copies of the SDK. */
const ACTION = Symbol.for("actiond.action");
