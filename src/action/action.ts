/** The action: a user-written function with a name, an input schema and an output schema. */
import {
  Kind,
  type Static,
  type TSchema,
  type TUnknown,
} from "@sinclair/typebox";

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
  Input extends TSchema = TSchema,
  Output extends TSchema = TSchema,
> {
  /** Said in `GET /api/actions` and in the API documentation. */
  description?: string;
  /** JSON Schema of the input, made with `t`. Omitted: any object. */
  input?: Input;
  /** JSON Schema of the result, made with `t`. A result that breaks it fails the run. Omitted: anything JSON can hold. */
  output?: Output;
  run: (
    input: Static<Input>,
    context: RunContext,
  ) => Static<Output> | Promise<Static<Output>>;
}

/** What `action()` made: the definition, marked and frozen. */
export type Action = Readonly<
  Omit<ActionDefinition, "run"> & {
    run: (input: unknown, context: RunContext) => unknown;
  }
>;

/** Marks what `action()` made, also across two copies of the SDK. */
const ACTION = Symbol.for("actiond.action");

const KEYS = ["description", "input", "output", "run"];

/**
 * Makes a function an action. Export it from a file in the actions folder: the name of the export is its name.
 *
 * @throws {TypeError} when the definition has a key no action has, or a member of the wrong type
 */
export function action<
  Input extends TSchema = TUnknown,
  Output extends TSchema = TUnknown,
>(definition: ActionDefinition<Input, Output>): Action {
  const unknown = Object.keys(definition).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    throw new TypeError(
      `An action has no ${JSON.stringify(unknown)}. It has ${KEYS.join(", ")}.`,
    );
  if (typeof definition.run !== "function")
    throw new TypeError("An action's run must be a function.");
  const { description } = definition;
  if (description !== undefined && typeof description !== "string")
    throw new TypeError("An action's description must be a string.");
  for (const key of ["input", "output"] as const)
    if (definition[key] !== undefined && !isSchema(definition[key]))
      throw new TypeError(`An action's ${key} must be a schema made with t.`);
  return Object.freeze({
    ...definition,
    run: definition.run as Action["run"],
    [ACTION]: true,
  });
}

export function isAction(value: unknown): value is Action {
  return typeof value === "object" && value !== null && ACTION in value;
}

function isSchema(value: TSchema): boolean {
  return typeof value === "object" && Kind in value;
}
