/** Checks inputs and results against the schemas of an action. */
import { FormatRegistry, type TSchema } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { Value } from "@sinclair/typebox/value";
import type { InputError } from "../errors.ts";
import { registerFormats } from "./formats.ts";

/** JSON Schema as plain JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type CheckedInput =
  { ok: true; value: unknown } | { ok: false; errors: InputError[] };

const MAX_ERROR_COUNT = 20;

/**
 * The check fills defaults into the very value it is given. It coerces nothing and keeps properties the schema does not
 * know, unless the schema forbids them.
 *
 * @throws {TypeError} the schema cannot be compiled
 */
export function compileInput(
  schema: TSchema,
): (value: unknown) => CheckedInput {
  const check = compile(schema);
  const hasDefaults = someSchema(schema, (part) => "default" in part);
  return (value) => {
    // In place: a copy made by TypeBox would turn an own property "__proto__" into a prototype.
    const filled: unknown = hasDefaults ? Value.Default(schema, value) : value;
    if (check.Check(filled)) return { ok: true, value: filled };
    return { ok: false, errors: toErrors(check, filled) };
  };
}

/**
 * The check answers where a result breaks the schema: nothing when it does not, or when there is no schema.
 *
 * @throws {TypeError} the schema cannot be compiled
 */
export function compileOutput(
  schema: TSchema | undefined,
): (value: unknown) => InputError[] {
  if (schema === undefined) return () => [];
  const check = compile(schema);
  return (value) => {
    // An action that returns nothing answers null.
    const result = value === undefined ? null : value;
    return check.Check(result) ? [] : toErrors(check, result);
  };
}

/** @returns the schema without what only TypeBox needs. What has a default need not be sent, so it is not required. */
export function toJsonSchema(schema: TSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_key, part: unknown) => {
    if (!isObjectSchema(part)) return part;
    const { required, ...rest } = part;
    const left = required.filter(
      (name) => !Object.hasOwn(part.properties[name] ?? {}, "default"),
    );
    return left.length === 0 ? rest : { ...rest, required: left };
  }) as JsonSchema;
}

function compile(schema: TSchema): TypeCheck<TSchema> {
  registerFormats();
  // TypeBox would refuse every value of a format it does not know.
  someSchema(schema, ({ type, format }) => {
    if (type !== "string" || typeof format !== "string") return false;
    if (FormatRegistry.Has(format)) return false;
    throw new TypeError(
      `The format "${format}" is unknown. There are ${[...FormatRegistry.Entries().keys()].toSorted().join(", ")}.`,
    );
  });
  return TypeCompiler.Compile(schema);
}

/** At most 20, and one for each place: TypeBox says of a missing property also that it is of the wrong type. */
function toErrors(check: TypeCheck<TSchema>, value: unknown): InputError[] {
  const errors = new Map<string, InputError>();
  for (const { path, message } of check.Errors(value)) {
    if (errors.has(path)) continue;
    errors.set(path, { path, message });
    if (errors.size === MAX_ERROR_COUNT) break;
  }
  return [...errors.values()];
}

/** Whether some object of the schema is what is looked for. It may also be asked of objects that are no schema. */
function someSchema(
  schema: TSchema,
  test: (part: Record<string, unknown>) => boolean,
): boolean {
  let isFound = false;
  JSON.stringify(schema, (_key, part: unknown) => {
    if (typeof part === "object" && part !== null)
      isFound ||= test(part as Record<string, unknown>);
    return part;
  });
  return isFound;
}

function isObjectSchema(
  part: unknown,
): part is { properties: Record<string, object>; required: string[] } {
  return (
    typeof part === "object" &&
    part !== null &&
    "properties" in part &&
    "required" in part &&
    Array.isArray(part.required)
  );
}
