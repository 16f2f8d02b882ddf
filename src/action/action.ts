/** The action: a user-written function with a name, an input schema and an output schema. */
import {
  Kind,
  type Static,
  type TObject,
  type TSchema,
  type TUnknown,
  Type,
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
  Input extends TSchema = TObject,
  Output extends TSchema = TUnknown,
> {
  /** Said in `GET /api/actions` and in the docs. */
  description?: string;
  /** JSON Schema of the input, made with `t.Object`. Omitted: any object. */
  input?: Input;
  /** JSON Schema of the result, made with `t`. A result that breaks it fails the run. Omitted: anything JSON can hold. */
  output?: Output;
  /**
   * What becomes of a run that is running when the server stops or dies: "cancel" records it as cancelled, "retry" runs
   * it again when the server is back. Only for actions that may run twice. Omitted: "cancel".
   */
  onInterrupt?: "cancel" | "retry";
  /** How often a run may begin before an interruption cancels it, 1 to 100. Omitted: 3. */
  maxAttempts?: number;
  /** Seconds a run may take once it has started: then it fails with `run_timed_out` and its signal aborts. Omitted: no limit. */
  runTimeout?: number;
  /** Seconds a run may stay queued: then it fails with `start_timed_out`. Omitted: no limit. */
  startTimeout?: number;
  run: (
    input: Static<Input>,
    context: RunContext,
  ) => Static<Output> | Promise<Static<Output>>;
}

/** Marks what `action()` returned, also across two copies of the SDK. */
const ACTION = Symbol.for("actiond.action");

/** What of a schema says whether it is one of objects. */
interface ObjectSchema {
  readonly type?: unknown;
  readonly allOf?: readonly unknown[];
  readonly anyOf?: readonly unknown[];
}

const DEFINITION_KEYS = [
  "description",
  "input",
  "output",
  "onInterrupt",
  "maxAttempts",
  "runTimeout",
  "startTimeout",
  "run",
];
const MAX_ATTEMPTS = 100;

/** A checked definition. Its name comes from the export that holds it. */
export interface Action<
  Input extends TSchema = TSchema,
  Output extends TSchema = TSchema,
> {
  readonly [ACTION]: true;
  readonly description: string | undefined;
  readonly input: Input;
  readonly output: Output | undefined;
  readonly onInterrupt: "cancel" | "retry";
  readonly maxAttempts: number;
  /** In milliseconds; Infinity where there is no limit. */
  readonly runTimeoutMs: number;
  readonly startTimeoutMs: number;
  // As a method, so that every action is also an `Action` whose input is unknown.
  run(input: Static<Input>, context: RunContext): unknown;
}

/**
 * Makes a function an action. Export it from a file of the actions folder: the name of the export is its name.
 *
 * @throws {TypeError} a key is unknown or a value is of the wrong kind
 */
export function action<
  Input extends TSchema = TObject,
  Output extends TSchema = TUnknown,
>(definition: ActionDefinition<Input, Output>): Action<Input, Output> {
  if (!isObject(definition))
    throw new TypeError(
      `action() needs a definition such as { run: () => "Hello" }, not ${nameOf(definition)}.`,
    );
  const { description, input = Type.Object({}), output, run } = definition;
  const { onInterrupt = "cancel", maxAttempts = 3 } = definition;
  const values = { description, output, onInterrupt, maxAttempts, run };
  const { runTimeout = Infinity, startTimeout = Infinity } = definition;
  const mistake =
    findUnknownKey(definition) ??
    findWrongValue({ ...values, input, runTimeout, startTimeout });
  if (mistake !== undefined) throw new TypeError(mistake);
  return Object.freeze({
    [ACTION]: true as const,
    ...values,
    runTimeoutMs: runTimeout * 1000,
    startTimeoutMs: startTimeout * 1000,
    input: input as Input,
  });
}

/** Whether `action()` made this value. */
export function isAction(value: unknown): value is Action {
  return isObject(value) && (value as Partial<Action>)[ACTION] === true;
}

/** Whether this value has the form of a definition that nobody gave to `action()`. */
export function isBareDefinition(value: unknown): boolean {
  if (!isObject(value) || isAction(value)) return false;
  return (
    typeof (value as { run?: unknown }).run === "function" &&
    Object.keys(value).includes("run") &&
    findUnknownKey(value) === undefined
  );
}

function findUnknownKey(definition: object): string | undefined {
  const unknown = Object.keys(definition).find(
    (key) => !DEFINITION_KEYS.includes(key),
  );
  if (unknown === undefined) return undefined;
  return `action() does not know "${unknown}": it takes ${DEFINITION_KEYS.join(", ")}.`;
}

function findWrongValue(
  definition: Partial<Record<keyof ActionDefinition, unknown>>,
): string | undefined {
  const { description, input, output, run } = definition;
  const { onInterrupt, maxAttempts } = definition;
  if (typeof run !== "function")
    return `action() needs "run" to be a function, not ${nameOf(run)}.`;
  if (description !== undefined && typeof description !== "string")
    return `action() needs "description" to be a string, not ${nameOf(description)}.`;
  if (!isObjectSchema(input))
    return `action() needs "input" to be an object schema such as t.Object({ name: t.String() }), not ${nameOf(input)}.`;
  if (output !== undefined && !isSchema(output))
    return `action() needs "output" to be a schema made with t, such as t.String(), not ${nameOf(output)}.`;
  if (onInterrupt !== "cancel" && onInterrupt !== "retry")
    return `action() needs "onInterrupt" to be "cancel" or "retry", not ${nameOf(onInterrupt)}.`;
  if (!isCount(maxAttempts))
    return `action() needs "maxAttempts" to be an integer from 1 to ${MAX_ATTEMPTS}, not ${nameOf(maxAttempts)}.`;
  for (const key of ["runTimeout", "startTimeout"] as const)
    if (!isDuration(definition[key]))
      return `action() needs "${key}" to be a number of seconds above 0, not ${nameOf(definition[key])}.`;
  return undefined;
}

function isDuration(value: unknown): boolean {
  return typeof value === "number" && value > 0;
}

function isCount(value: unknown): boolean {
  return (
    Number.isInteger(value) &&
    Number(value) >= 1 &&
    Number(value) <= MAX_ATTEMPTS
  );
}

function isObjectSchema(value: unknown): boolean {
  if (!isSchema(value)) return false;
  const { type, allOf = [], anyOf = [] } = value as ObjectSchema;
  if (type === "object" || allOf.some(isObjectSchema)) return true;
  return anyOf.length > 0 && anyOf.every(isObjectSchema);
}

function isSchema(value: unknown): value is TSchema {
  return isObject(value) && Kind in value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function nameOf(value: unknown): string {
  if (isSchema(value)) return `t.${value[Kind]}()`;
  const text = Bun.inspect(value, { compact: true });
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
