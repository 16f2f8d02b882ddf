/** Makes the input of a run from the command line: from JSON, and from options that are named after members of its schema. */
import { readFileSync } from "node:fs";
import { toJsonMistake, UsageError } from "../../errors.ts";

type Schema = Readonly<Record<string, unknown>>;

/**
 * @param given.input JSON text, `@` and the path of a file that holds it, or `-` for standard input
 * @param given.members the rest of the command line, such as `--name Foo --count=2 --urgent`
 * @throws {UsageError}
 */
export function makeInput(
  given: { input: string | undefined; members: readonly string[] },
  schema: Schema,
): unknown {
  const base = given.input === undefined ? {} : parseInput(given.input);
  if (given.members.length === 0) return base;
  if (typeof base !== "object" || base === null || Array.isArray(base))
    throw new UsageError(
      "--input must be a JSON object when members of the input are given as options.",
    );
  return { ...base, ...readMembers(given.members, schema) };
}

function parseInput(text: string): unknown {
  const json = readInput(text);
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    throw new UsageError(
      `--input is not valid JSON: ${toJsonMistake(error)}. Give JSON such as '{"name": "Foo"}', @file, or - for standard input.`,
    );
  }
}

function readInput(text: string): string {
  if (text !== "-" && !text.startsWith("@")) return text;
  const file = text === "-" ? "/dev/stdin" : text.slice(1);
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `The input cannot be read from ${file}: ${(error as Error).message}.`,
    );
  }
}

function readMembers(
  words: readonly string[],
  schema: Schema,
): Record<string, unknown> {
  const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
  const members: Record<string, unknown> = {};
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const [, flag, , attached] = /^--([^=]+)(=([^]*))?$/.exec(word) ?? [];
    if (flag === undefined)
      throw new UsageError(
        `"${word}" is not a member of the input. Write --NAME VALUE, or --input with JSON.`,
      );
    const name = findName(flag, properties);
    const property = properties[name] ?? {};
    const next = words[index + 1];
    if (attached !== undefined)
      members[name] = toValue(attached, property, flag);
    else if (isSwitch(property, next)) members[name] = true;
    else if (next === undefined || next.startsWith("--"))
      throw new UsageError(
        `--${flag} needs a value. Write --${flag}=VALUE if it begins with "--".`,
      );
    else {
      members[name] = toValue(next, property, flag);
      index += 1;
    }
  }
  return members;
}

/** A boolean needs no value. */
function isSwitch(property: Schema, next: string | undefined): boolean {
  return property["type"] === "boolean" && !/^(?:true|false)$/.test(next ?? "");
}

/** `--seconds-per-page` is the member `secondsPerPage`, unless there is one that is called so. */
function findName(flag: string, properties: Record<string, Schema>): string {
  if (Object.hasOwn(properties, flag)) return flag;
  const camel = flag.replaceAll(/-(\w)/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
  if (Object.hasOwn(properties, camel)) return camel;
  const known = Object.keys(properties).map((name) => `--${name}`);
  throw new UsageError(
    known.length === 0
      ? `The input has no member "${flag}": the action names none. Give the input with --input.`
      : `The input has no member "${flag}". Its members are ${known.join(", ")}.`,
  );
}

function toValue(text: string, property: Schema, flag: string): unknown {
  if (mayBeText(property)) {
    if (property["type"] === "string") return text;
    return parseOr(text, text);
  }
  const value = parseOr(text, undefined);
  if (value !== undefined) return value;
  const type = typeof property["type"] === "string" ? property["type"] : "JSON";
  throw new UsageError(
    `--${flag} must be ${withArticle(type)}, not "${text}".`,
  );
}

/** Whether a text that is not JSON is a value of this schema. */
function mayBeText({
  type,
  anyOf,
  const: only,
  enum: choices,
}: Schema): boolean {
  if (type !== undefined) return [type].flat().includes("string");
  if (Array.isArray(anyOf))
    return anyOf.some((each) => mayBeText(each as Schema));
  if (Array.isArray(choices))
    return choices.some((each) => typeof each === "string");
  return only === undefined || typeof only === "string";
}

function parseOr(text: string, otherwise: unknown): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return otherwise;
  }
}

function withArticle(type: string): string {
  if (type === "JSON" || type === "null") return type;
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
