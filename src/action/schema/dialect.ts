/** Writes a schema, however it was made, in the one dialect that is checked and shown: JSON Schema 2020-12. */
import { Kind } from "@sinclair/typebox";
import { mergeConstants } from "./constants.ts";
import { nameReferences } from "./references.ts";
import { isObject, type JsonSchema, mapParts } from "./parts.ts";
import { isStandardSchema, toStandardJson } from "./standard-schema.ts";

/** An input is what a caller sends; a result is what JSON makes of what the code returns. */
type Side = "input" | "output";

/** Every schema is written in it, whatever its own `$schema` says. */
const DIALECT = "https://json-schema.org/draft/2020-12/schema";
/** A record of TypeBox has this pattern where its keys may be any text. */
const ANY_KEY = "^(.*)$";
/** The kinds of TypeBox that no JSON matches. */
const NOT_JSON: Readonly<Record<string, string>> = {
  BigInt: "Use t.Integer(), or t.String() for large numbers.",
  Uint8Array: 'Use t.String({ contentEncoding: "base64" }).',
  Symbol: "Use t.String().",
  Function: "Leave it out.",
  Constructor: "Leave it out.",
  Promise: "Return the promise itself, with the schema of its value.",
  Iterator: "Use t.Array().",
  AsyncIterator: "Use t.Array().",
};

/**
 * @returns plain JSON, except that a default may be a function
 * @throws {TypeError} the schema describes something that is not JSON
 */
export function toDialect(schema: unknown, side: Side): JsonSchema {
  if (isStandardSchema(schema)) return toPlainDialect(toStandardJson(schema));
  const written = schema as JsonSchema;
  const plain = toPlainDialect(
    convert(nameReferences(written), side) as JsonSchema,
  );
  return written["$schema"] === undefined
    ? plain
    : { $schema: DIALECT, ...plain };
}

/** @returns the schema of what a caller sends, in which nothing that has a default is required */
export function toSentSchema(schema: JsonSchema): JsonSchema {
  const sent = mapParts(schema, (part) =>
    isObject(part) ? toSentSchema(part) : part,
  );
  const { properties, required } = sent;
  if (!isObject(properties) || !Array.isArray(required)) return sent;
  const left = (required as string[]).filter((name) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : {};
    return !isObject(property) || !Object.hasOwn(property, "default");
  });
  const { required: _, ...rest } = sent;
  return left.length === 0 ? rest : { ...rest, required: left };
}

/** Resolves what only TypeBox means by a part. */
function convert(part: unknown, side: Side): unknown {
  if (!isObject(part)) return part;
  const kind = (part as { [Kind]?: string })[Kind];
  const advice = kind === undefined ? undefined : NOT_JSON[kind];
  if (advice !== undefined)
    throw new TypeError(
      `t.${kind}() describes something that is not JSON. ${advice}`,
    );
  if (kind === "Date") {
    if (side === "input")
      throw new TypeError(
        't.Date() describes something that is not JSON. Use t.String({ format: "date-time" }).',
      );
    return { ...annotationsOf(part), type: "string", format: "date-time" };
  }
  if (kind === "Undefined" || kind === "Void")
    // JSON has no undefined: a result is null then, and an input cannot be it.
    return side === "output"
      ? { ...annotationsOf(part), type: "null" }
      : { not: {} };
  if (kind === "RegExp") return toPattern(part);
  return mapParts(part, (inner) => convert(inner, side));
}

function toPattern(part: JsonSchema): JsonSchema {
  const { source, flags } = part as { source?: string; flags?: string };
  if (flags !== undefined && !["", "u"].includes(flags))
    throw new TypeError(
      `t.RegExp() may have no flags besides "u", because JSON Schema has none, not ${JSON.stringify(flags)}.`,
    );
  return { ...annotationsOf(part), type: "string", pattern: source };
}

/** What older drafts wrote in another way, and what several schemas say that one says better. */
function toPlainDialect(schema: JsonSchema): JsonSchema {
  const { $schema: _, ...part } = mapParts(schema, (inner) =>
    isObject(inner) ? toPlainDialect(inner) : inner,
  );
  return mergeConstants(toAnyKey(toTuple(part)));
}

/** Up to draft 2019-09 the `items` of a tuple were a list. */
function toTuple(part: JsonSchema): JsonSchema {
  const { items, additionalItems, ...rest } = part;
  if (!Array.isArray(items)) {
    if (additionalItems === undefined) return part;
    return items === undefined ? rest : { ...rest, items };
  }
  // Some generators cannot read `items: false`, which `maxItems` says as well.
  const isSaid = additionalItems === false && rest["maxItems"] === items.length;
  return {
    ...rest,
    ...(items.length === 0 ? {} : { prefixItems: items as unknown[] }),
    ...(additionalItems === undefined || isSaid
      ? {}
      : { items: additionalItems }),
  };
}

/** Generators keep the type of `additionalProperties`, and not that of a pattern. */
function toAnyKey(part: JsonSchema): JsonSchema {
  const { patternProperties } = part;
  if (!isObject(patternProperties)) return part;
  const { [ANY_KEY]: any, ...others } = patternProperties;
  if (any === undefined || Object.keys(others).length > 0) return part;
  if (isObject(part["properties"])) return part;
  const { patternProperties: _, ...rest } = part;
  return { ...rest, additionalProperties: any };
}

function annotationsOf({ title, description }: JsonSchema): JsonSchema {
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
  };
}
