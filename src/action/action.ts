/** The action: a user-written function with a name, an input schema and an output schema. */
import { type TObject, type TUnknown, Type } from "@sinclair/typebox";
import {
  findMistake,
  findUnknownKey,
  isObject,
  nameOf,
} from "./check-definition.ts";
import { takingChunks } from "./chunks.ts";
import type { ActionDefinition, Isolation, RunContext } from "./definition.ts";
import { findFileSpec, keepingFile } from "./file-output.ts";
import type { InputOf, Schema } from "./schema/infer.ts";
import { type Presentation, toPresentation } from "./presentation.ts";
import { type RetryPolicy, toRetryPolicy } from "./retries.ts";
import {
  isStandardSchema,
  parse,
  type StandardSchema,
} from "./schema/standard-schema.ts";

/** Marks what `action()` returned, even across two copies of the SDK. */
const ACTION = Symbol.for("actiond.action");

/** A checked definition. The action is named after the export that holds it. */
export interface Action<
  Input extends Schema = Schema,
  Output extends Schema = Schema,
> {
  readonly [ACTION]: true;
  readonly description: string | undefined;
  readonly presentation: Presentation;
  readonly input: Input;
  readonly output: Output | undefined;
  readonly onInterrupt: "cancel" | "retry";
  readonly maxAttempts: number;
  /** The limit in milliseconds; Infinity for no limit. */
  readonly runTimeoutMs: number;
  /** The limit in milliseconds; Infinity for no limit. */
  readonly startTimeoutMs: number;
  /** Undefined when the server's default applies. */
  readonly isolation: Isolation | undefined;
  /** How many runs may run at once; Infinity when there is no limit. */
  readonly concurrency: number;
  /** How many runs may be queued; Infinity when there is no limit. */
  readonly queue: number;
  readonly retries: RetryPolicy | undefined;
  /** The names of the secrets that it needs. */
  readonly secrets: readonly string[];
  readonly concurrencyKey: ((input: unknown) => unknown) | undefined;
  // This is a method so that every action is assignable to an `Action` whose input is unknown.
  /** @param input checked; the code gets what its schema makes of it */
  run(input: InputOf<Input>, context: RunContext): unknown;
}

/**
 * Turns a function into an action. Export it from a file in the actions folder: the export's name becomes its name.
 *
 * @throws {TypeError} a key is unknown or a value is of the wrong kind
 */
export function action<
  const Input extends Schema = TObject,
  const Output extends Schema = TUnknown,
  const SecretNames extends string = string,
>(
  definition: ActionDefinition<Input, Output, SecretNames>,
): Action<Input, Output> {
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
  const { concurrencyKey, retries, secrets = [] } = definition;
  const presentation = toPresentation(definition);
  const mistake = findMistake(definition, {
    ...values,
    ...presentation,
    input,
    concurrency,
    queue,
    concurrencyKey,
    retries,
    secrets,
    runTimeout,
    startTimeout,
  });
  if (mistake !== undefined) throw new TypeError(mistake);
  const code = toCode(definition);
  return Object.freeze({
    [ACTION]: true as const,
    ...values,
    run: code,
    presentation,
    runTimeoutMs: runTimeout * 1000,
    startTimeoutMs: startTimeout * 1000,
    concurrency,
    queue,
    concurrencyKey,
    secrets: [...secrets],
    retries: retries === undefined ? undefined : toRetryPolicy(retries),
    input: input as Input,
    ...(isStandardSchema(input)
      ? withParsedInput(input, { ...definition, run: code })
      : {}),
  }) as Action<Input, Output>;
}

/** What the code returns becomes the result: chunks and files are taken here, wherever the code runs. */
function toCode({ run, output }: ActionDefinition<any, any, any>) {
  const spec = findFileSpec(output);
  return spec === undefined ? takingChunks(run) : keepingFile(run, spec);
}

/** The code gets what the schema of another library makes of the input, such as a Date of a text. */
function withParsedInput(
  input: StandardSchema,
  {
    run,
    concurrencyKey,
  }: Pick<ActionDefinition<any, any, any>, "concurrencyKey"> & {
    run: (input: any, context: RunContext) => unknown;
  },
) {
  return {
    run(value: unknown, context: RunContext): unknown {
      const parsed = parse(input, value);
      return parsed instanceof Promise
        ? parsed.then((got) => run(got, context))
        : run(parsed, context);
    },
    ...(concurrencyKey && {
      concurrencyKey: (value: unknown): unknown =>
        concurrencyKey(parse(input, value)),
    }),
  };
}

/** Whether `action()` made this value. */
export function isAction(value: unknown): value is Action {
  return isObject(value) && (value as Partial<Action>)[ACTION] === true;
}

/** Whether this value looks like a definition that was not passed to `action()`. */
export function isBareDefinition(value: unknown): boolean {
  if (!isObject(value) || isAction(value)) return false;
  return (
    typeof (value as { run?: unknown }).run === "function" &&
    Object.keys(value).includes("run") &&
    findUnknownKey(value) === undefined
  );
}
