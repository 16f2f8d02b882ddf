/** Writes a schema as text from which another thread makes the same schema again, with the symbols of TypeBox. */
import type { TSchema } from "@sinclair/typebox";

const SYMBOL = "Symbol.for:";

/** @returns undefined when a part of the schema is code, which cannot be sent */
export function toSchemaText(schema: TSchema): string | undefined {
  try {
    return JSON.stringify(toPlain(schema));
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

export function fromSchemaText(text: string): TSchema {
  return JSON.parse(text, (_name, value: unknown) => {
    if (!isObject(value) || Array.isArray(value)) return value;
    for (const name of Object.keys(value)) {
      if (!name.startsWith(SYMBOL)) continue;
      value[Symbol.for(name.slice(SYMBOL.length))] = value[name];
      delete value[name];
    }
    return value;
  }) as TSchema;
}

/**
 * What checking a value against a schema may cost: `linear` is a matter of the value's size; `patterned` grows faster;
 * `unbounded` may take any time for a few characters, because regular expressions may.
 */
export type SchemaCost = "linear" | "patterned" | "unbounded";

const COSTLY = new Set(["uniqueItems", "$ref", "$defs", "contains", "anyOf"]);

export function costOf(schema: unknown): SchemaCost {
  if (!isObject(schema)) return "linear";
  const costs = new Set(Object.entries(schema).map(toCost));
  if (costs.has("unbounded")) return "unbounded";
  return costs.has("patterned") ? "patterned" : "linear";
}

function toCost([name, part]: [string, unknown]): SchemaCost {
  if (name === "pattern" || name === "source") return costOfPattern(part);
  if (name === "patternProperties" && isObject(part)) {
    const patterns = Object.keys(part).map(costOfPattern);
    if (patterns.includes("unbounded")) return "unbounded";
  }
  const cost = costOf(part);
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

function toPlain(value: unknown): unknown {
  if (typeof value === "function" || typeof value === "bigint")
    throw new NotPlain();
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return value.map(toPlain);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new NotPlain();
  return Object.fromEntries(
    Reflect.ownKeys(value).map((key) => [
      typeof key === "symbol" ? `${SYMBOL}${Symbol.keyFor(key)}` : key,
      toPlain(value[key]),
    ]),
  );
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}
