/** The action: a user-written function with a name, an input schema and an output schema. */
import {
  type Static,
  type TObject,
  type TSchema,
  type TUnknown,
  Type,
} from "@sinclair/typebox";
import {
  findMistake,
  findUnknownKey,
  isObject,
  nameOf,
} from "./check-definition.ts";
import type { ActionDefinition, Isolation, RunContext } from "./definition.ts";
import { type RetryPolicy, toRetryPolicy } from "./retries.ts";

/** Marks what `action()` returned, also across two copies of the SDK. */
const ACTION = Symbol.for("actiond.action");

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
  /** Undefined: as the server says. */
  readonly isolation: Isolation | undefined;
  /** Infinity where there is no limit. */
  readonly concurrency: number;
  readonly queue: number;
  readonly retries: RetryPolicy | undefined;
  readonly concurrencyKey: ((input: unknown) => unknown) | undefined;
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
  const { runTimeout = Infinity, startTimeout = Infinity } = definition;
  const { isolation } = definition;
  const values = {
    description,
    output,
    onInterrupt,
    maxAttempts,
    isolation,
    run,
  };
  const { concurrency = Infinity, queue = Infinity } = definition;
  const { concurrencyKey, retries } = definition;
  const mistake = findMistake(definition, {
    ...values,
    input,
    concurrency,
    queue,
    concurrencyKey,
    retries,
    runTimeout,
    startTimeout,
  });
  if (mistake !== undefined) throw new TypeError(mistake);
  return Object.freeze({
    [ACTION]: true as const,
    ...values,
    runTimeoutMs: runTimeout * 1000,
    startTimeoutMs: startTimeout * 1000,
    concurrency,
    queue,
    concurrencyKey,
    retries: retries === undefined ? undefined : toRetryPolicy(retries),
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
