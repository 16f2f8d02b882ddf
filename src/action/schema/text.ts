/** Writes a schema as text from which another thread makes the same check again. */
import { toDialect } from "./dialect.ts";
import { isObject } from "./parts.ts";
import { isStandardSchema } from "./standard-schema.ts";

/** @returns undefined when a part of the schema is code, which cannot be sent */
export function toSchemaText(schema: object): string | undefined {
  if (isStandardSchema(schema)) return undefined;
  try {
    return JSON.stringify(toDialect(schema, "input"), refuseCode);
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

/**
 * What checking a value against a schema may cost: `linear` is a matter of the value's size; `patterned` grows faster;
 * `unbounded` may take any time for a few characters, because regular expressions may.
 */
export type SchemaCost = "linear" | "patterned" | "unbounded";

const COSTLY = new Set([
  "uniqueItems",
  "$ref",
  "$defs",
  "contains",
  "anyOf",
  "oneOf",
]);

/** @param schema in any of its kinds */
export function costOf(schema: object): SchemaCost {
  return costOfPart(toDialect(schema, "input"));
}

function costOfPart(schema: unknown): SchemaCost {
  if (typeof schema !== "object" || schema === null) return "linear";
  const costs = new Set(Object.entries(schema).map(toCost));
  if (costs.has("unbounded")) return "unbounded";
  return costs.has("patterned") ? "patterned" : "linear";
}

function toCost([name, part]: [string, unknown]): SchemaCost {
  if (name === "pattern") return costOfPattern(part);
  if (name === "patternProperties" && isObject(part)) {
    const patterns = Object.keys(part).map(costOfPattern);
    if (patterns.includes("unbounded")) return "unbounded";
  }
  const cost = costOfPart(part);
  return cost === "linear" && COSTLY.has(name) ? "patterned" : cost;
}

/** One repetition without an end takes at most the square of the text; two may take far more. */
function costOfPattern(pattern: unknown): SchemaCost {
  if (typeof pattern !== "string") return "linear";
  // Repetitions in a set of characters are none.
  const outside = pattern.replaceAll(/\\.|\[(?:\\.|[^\]\\])*\]/g, "x");
  const repetitions = outside.match(/[*+]|\{\d+,\d*\}/g) ?? [];
  return repetitions.length > 1 ? "unbounded" : "patterned";
}

class NotPlain extends Error {}

function refuseCode(_: string, value: unknown): unknown {
  if (typeof value === "function") throw new NotPlain();
  return value;
}
