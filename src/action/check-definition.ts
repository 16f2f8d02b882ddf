/** Checks that every key of a definition is known to `action()`, and that every value is of the right kind. */
import { Kind, type TSchema } from "@sinclair/typebox";
import {
  type ActionDefinition,
  type Isolation,
  ISOLATIONS,
} from "./definition.ts";
import { findPresentationMistake } from "./presentation.ts";
import { findRetriesMistake } from "./retries.ts";

/** The part of a schema that says whether it describes objects. */
interface ObjectSchema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly allOf?: readonly unknown[];
  readonly anyOf?: readonly unknown[];
}

const DEFINITION_KEYS = [
  "description",
  "title",
  "kind",
  "consequential",
  "icon",
  "uri",
  "input",
  "output",
  "onInterrupt",
  "maxAttempts",
  "runTimeout",
  "startTimeout",
  "isolation",
  "concurrency",
  "concurrencyKey",
  "queue",
  "retries",
  "run",
];
const MAX_ATTEMPTS = 100;

/** @returns a sentence that says what is wrong with a definition; undefined when nothing is wrong */
export function findMistake(
  definition: object,
  values: Partial<Record<keyof ActionDefinition, unknown>>,
): string | undefined {
  return findUnknownKey(definition) ?? findWrongValue(values);
}

export function findUnknownKey(definition: object): string | undefined {
  const unknown = Object.keys(definition).find(
    (key) => !DEFINITION_KEYS.includes(key),
  );
  if (unknown === undefined) return undefined;
  return `action() has no option "${unknown}". Its options are ${DEFINITION_KEYS.join(", ")}.`;
}

function findWrongValue(
  definition: Partial<Record<keyof ActionDefinition, unknown>>,
): string | undefined {
  const { description, input, output, run } = definition;
  const { onInterrupt, maxAttempts, isolation } = definition;
  const { concurrency, concurrencyKey, queue, retries } = definition;
  if (typeof run !== "function")
    return `action() needs "run" to be a function, not ${nameOf(run)}.`;
  if (description !== undefined && typeof description !== "string")
    return `action() needs "description" to be a string, not ${nameOf(description)}.`;
  if (!isObjectSchema(input))
    return `action() needs "input" to be an object schema such as t.Object({ name: t.String() }), not ${nameOf(input)}.`;
  if (output !== undefined && !isSchema(output))
    return `action() needs "output" to be a schema made with t, such as t.String(), not ${nameOf(output)}.`;
  const members = Object.keys((input as ObjectSchema).properties ?? {});
  const mistake = findPresentationMistake(definition, members, nameOf);
  if (mistake !== undefined) return mistake;
  if (onInterrupt !== "cancel" && onInterrupt !== "retry")
    return `action() needs "onInterrupt" to be "cancel" or "retry", not ${nameOf(onInterrupt)}.`;
  if (!isCount(maxAttempts))
    return `action() needs "maxAttempts" to be an integer from 1 to ${MAX_ATTEMPTS}, not ${nameOf(maxAttempts)}.`;
  if (isolation !== undefined && !ISOLATIONS.includes(isolation as Isolation))
    return `action() needs "isolation" to be "in-process" or "process", not ${nameOf(isolation)}.`;
  for (const key of ["runTimeout", "startTimeout"] as const)
    if (!isDuration(definition[key]))
      return `action() needs "${key}" to be a number of seconds above 0, not ${nameOf(definition[key])}.`;
  if (!isCountOrNone(concurrency, 1))
    return `action() needs "concurrency" to be an integer of at least 1, not ${nameOf(concurrency)}.`;
  if (!isCountOrNone(queue, 0))
    return `action() needs "queue" to be an integer of at least 0, not ${nameOf(queue)}.`;
  if (retries !== undefined) {
    const wrong = findRetriesMistake(retries, nameOf);
    if (wrong !== undefined) return wrong;
  }
  if (concurrencyKey === undefined) return undefined;
  if (typeof concurrencyKey !== "function")
    return `action() needs "concurrencyKey" to be a function such as ({ customer }) => customer, not ${nameOf(concurrencyKey)}.`;
  if (concurrency === Infinity)
    return 'action() needs "concurrency" to say how many runs of each "concurrencyKey" may run at once.';
  return undefined;
}

/** Whether this is a whole number of at least `min`, or Infinity for no limit. */
function isCountOrNone(value: unknown, min: number): boolean {
  if (value === Infinity) return true;
  return Number.isSafeInteger(value) && Number(value) >= min;
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

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export function nameOf(value: unknown): string {
  if (isSchema(value)) return `t.${value[Kind]}()`;
  const text = Bun.inspect(value, { compact: true });
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
