/** Checks that every key of a definition is known to `action()`, and that every value is of the right kind. */
import { Kind } from "@sinclair/typebox";
import {
  type ActionDefinition,
  type Isolation,
  ISOLATIONS,
} from "./definition.ts";
import { toDialect } from "./schema/dialect.ts";
import { findPresentationMistake } from "./presentation.ts";
import { findRetriesMistake } from "./retries.ts";
import { hasKeywords, type JsonSchema } from "./schema/parts.ts";
import { isStandardSchema } from "./schema/standard-schema.ts";

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
  "secrets",
  "run",
];
const MAX_ATTEMPTS = 100;
const MAX_SECRETS = 100;
const SECRET_NAME = /^[a-z_][\w.-]{0,99}$/i;

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
  const { secrets } = definition;
  if (typeof run !== "function")
    return `action() needs "run" to be a function, not ${nameOf(run)}.`;
  if (description !== undefined && typeof description !== "string")
    return `action() needs "description" to be a string, not ${nameOf(description)}.`;
  const dialect = readSchema("input", input);
  if (typeof dialect === "string") return dialect;
  if (!isObjectSchema(dialect, dialect))
    return `action() needs "input" to be an object schema such as t.Object({ name: t.String() }), not ${nameOf(input)}.`;
  const result = output === undefined ? {} : readSchema("output", output);
  if (typeof result === "string") return result;
  const members = Object.keys(dialect["properties"] ?? {});
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
  if (!isSecretNames(secrets))
    return `action() needs "secrets" to be a list of up to ${MAX_SECRETS} names such as ["GITHUB_TOKEN"], not ${nameOf(secrets)}.`;
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

function isSecretNames(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length <= MAX_SECRETS &&
    value.every((name) => typeof name === "string" && SECRET_NAME.test(name))
  );
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

/** @returns the schema in the dialect that is checked, or a sentence that says why it is not one */
function readSchema(
  name: "input" | "output",
  schema: unknown,
): JsonSchema | string {
  const isWritten = isObject(schema) && hasKeywords(schema as JsonSchema);
  if (!isMade(schema) && !isStandardSchema(schema) && !isWritten)
    return name === "input"
      ? `action() needs "input" to be an object schema such as t.Object({ name: t.String() }), not ${nameOf(schema)}.`
      : `action() needs "output" to be a schema such as t.String(), not ${nameOf(schema)}.`;
  try {
    return toDialect(schema, name);
  } catch (error) {
    return `action() cannot use this "${name}". ${(error as Error).message}`;
  }
}

/** @param root has what the schema refers to */
function isObjectSchema(schema: unknown, root: JsonSchema): boolean {
  if (!isObject(schema)) return false;
  const { type, $ref, allOf, anyOf, oneOf } = schema as Record<string, unknown>;
  if (type === "object") return true;
  if (typeof $ref === "string" && $ref.startsWith("#/$defs/")) {
    const definitions = (root["$defs"] ?? {}) as Record<string, unknown>;
    return isObjectSchema(definitions[$ref.slice("#/$defs/".length)], {});
  }
  const isOne = (part: unknown) => isObjectSchema(part, root);
  if (Array.isArray(allOf) && allOf.some(isOne)) return true;
  const variants: unknown = anyOf ?? oneOf;
  return (
    Array.isArray(variants) && variants.length > 0 && variants.every(isOne)
  );
}

/** Whether `t` made this schema. */
function isMade(value: unknown): value is { [Kind]: string } {
  return isObject(value) && Kind in value;
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export function nameOf(value: unknown): string {
  if (isMade(value)) return `t.${value[Kind]}()`;
  const text = Bun.inspect(value, { compact: true });
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
