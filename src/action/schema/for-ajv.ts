/** Writes a schema so that ajv understands it as JSON Schema 2020-12 means it, and refuses what ajv gets wrong. */
import { isObject, type JsonSchema, mapParts } from "./parts.ts";

/** Keywords that ajv does not evaluate as they are meant: https://github.com/ajv-validator/ajv/issues/1573 */
const WRONG = ["$dynamicRef", "$recursiveRef"];

/**
 * Puts what is quickly refused first, too. Of the variants of a union that contains itself, the one with another `kind` is
 * then refused before its children are looked at, which would take 2^n steps for n levels.
 *
 * @throws {TypeError} the schema has a keyword that cannot be relied on
 */
export function forAjv(schema: JsonSchema): JsonSchema {
  const isTracked = JSON.stringify(schema).includes('"unevaluated');
  return write(schema, [
    ...(isTracked ? [spellCondition] : []),
    completeEnum,
    renamePrototype,
    sortProperties,
  ]);
}

function write(
  schema: JsonSchema,
  steps: readonly ((part: JsonSchema) => JsonSchema)[],
): JsonSchema {
  refuseWrong(schema);
  const copy: JsonSchema = mapParts(schema, (part) =>
    isObject(part) ? write(part, steps) : part,
  );
  return steps.reduce((part, step) => step(part), copy);
}

function refuseWrong(part: JsonSchema): void {
  const wrong = WRONG.find((keyword) => keyword in part);
  if (wrong !== undefined)
    throw new TypeError(
      `The keyword ${wrong} cannot be checked. Refer to the part with $ref.`,
    );
  if (
    "unevaluatedItems" in part &&
    /"(?:contains|anyOf|if)":/.test(JSON.stringify(part))
  )
    throw new TypeError(
      "The keyword unevaluatedItems cannot be checked together with contains, anyOf or if. Say with items what items there may be.",
    );
}

/** Ajv takes what `if` has looked at for evaluated even if it does not match, and never without `then` and `else`. */
function spellCondition(part: JsonSchema): JsonSchema {
  const { then = {}, else: otherwise = {}, ...rest } = part;
  if (!("if" in part)) return part;
  const { if: condition, allOf = [] } = part;
  const variants = [
    { allOf: [condition, then] },
    { allOf: [{ not: condition }, otherwise] },
  ];
  return { ...rest, allOf: [...(allOf as unknown[]), { anyOf: variants }] };
}

/** No value is one of none, and ajv takes no empty list. */
function completeEnum(part: JsonSchema): JsonSchema {
  const { enum: values, ...rest } = part;
  if (!Array.isArray(values) || values.length > 0) return part;
  return { allOf: [rest, { not: {} }] };
}

/** Code that reads `data.__proto__` does not read the member of this name. */
function renamePrototype(part: JsonSchema): JsonSchema {
  const { properties, patternProperties } = part;
  if (!isObject(properties) || !Object.hasOwn(properties, "__proto__"))
    return part;
  const { ["__proto__"]: own, ...others } = properties;
  return {
    ...part,
    properties: others,
    patternProperties: {
      ...(patternProperties as object | undefined),
      "^__proto__$": own,
    },
  };
}

function sortProperties(part: JsonSchema): JsonSchema {
  const { properties } = part;
  if (!isObject(properties)) return part;
  const sorted = Object.entries(properties).toSorted(
    ([, one], [, other]) => priceOf(one) - priceOf(other),
  );
  return { ...part, properties: Object.fromEntries(sorted) };
}

function priceOf(part: unknown): number {
  if (!isObject(part) || "const" in part || "enum" in part) return 0;
  const isSimple =
    "type" in part && !["object", "array"].includes(String(part["type"]));
  return isSimple && !("anyOf" in part) && !("$ref" in part) ? 1 : 2;
}
