/** The variants of a union: what people may call them, and which of them a value is meant to match. */
import {
  choicesOf,
  type Kind,
  kindOf,
  resolve,
  type Schema,
} from "./schema.ts";

const WORDS = {
  any: "Any JSON",
  boolean: "Yes or no",
  choice: "One of a list",
  const: "Fixed value",
  file: "File",
  list: "List",
  null: "Nothing (null)",
  number: "Number",
  object: "Object",
  record: "Object",
  text: "Text",
  tuple: "List",
  union: "One of several",
} as const;

/** @returns a different name for each */
export function nameVariants(
  variants: readonly Schema[],
  root: Schema,
): string[] {
  const names = variants.map((variant) => nameOf(resolve(variant, root)));
  return names.map((name, index) =>
    names.indexOf(name) === names.lastIndexOf(name)
      ? name
      : `${name} ${names.slice(0, index).filter((other) => other === name).length + 1}`,
  );
}

function nameOf(schema: Schema): string {
  if (schema.title !== undefined) return schema.title;
  if ("const" in schema) return String(schema.const);
  const fixed = Object.values(schema.properties ?? {}).filter(
    (member) => "const" in member,
  );
  if (fixed.length > 0)
    return fixed.map((member) => String(member.const)).join(", ");
  return WORDS[kindOf(schema)];
}

/** @returns the index of the first variant whose type and fixed members the value has; 0 if no variant matches */
export function findVariant(
  value: unknown,
  variants: readonly Schema[],
  root: Schema,
): number {
  const index = variants.findIndex((variant) =>
    isMeant(value, resolve(variant, root)),
  );
  return Math.max(0, index);
}

function isMeant(value: unknown, schema: Schema): boolean {
  return TESTS[kindOf(schema)](value, schema);
}

const isText = (value: unknown) => typeof value === "string";
const isAnything = (value: unknown) => value !== undefined && value !== null;

const TESTS: Readonly<
  Record<Kind, (value: unknown, schema: Schema) => boolean>
> = {
  any: isAnything,
  boolean: (value) => typeof value === "boolean",
  choice: (value, schema) => choicesOf(schema)?.includes(value) === true,
  const: (value, schema) => value === schema.const,
  file: isText,
  list: Array.isArray,
  null: (value) => value === null,
  number: (value) => typeof value === "number",
  object: (value, schema) => isObject(value) && hasFixedMembers(value, schema),
  record: isObject,
  text: isText,
  tuple: Array.isArray,
  union: isAnything,
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasFixedMembers(
  value: Record<string, unknown>,
  { properties = {}, required = [] }: Schema,
): boolean {
  return Object.entries(properties).every(
    ([name, member]) =>
      (!("const" in member) || value[name] === member.const) &&
      (!required.includes(name) || name in value),
  );
}
