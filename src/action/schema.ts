/** Checks inputs and results against the schemas of an action. */
import { FormatRegistry, type TSchema } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import type { InputError } from "../errors.ts";
import { createFill, TooManyDefaults, toSentSchema } from "./defaults.ts";
import { registerFormats } from "./formats.ts";

/** A JSON Schema as plain JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type CheckedInput =
  { ok: true; value: unknown } | { ok: false; errors: InputError[] };

/** @param maxDefaults how many values may be filled in */
export type CheckInput = (value: unknown, maxDefaults?: number) => CheckedInput;

const MAX_ERROR_COUNT = 20;
/** A path has the names that the caller sent. */
const MAX_PATH_LENGTH = 200;

/**
 * The returned check fills defaults into the value it is given. It does not coerce values, and it keeps properties that the
 * schema does not mention, unless the schema forbids them.
 *
 * @throws {Error} the schema cannot be compiled
 */
export function compileInput(schema: TSchema): CheckInput {
  const check = compile(schema);
  const fill = createFill(toSentSchema(schema));
  return (value, maxDefaults = Infinity) => {
    try {
      const filled = fill === undefined ? value : fill(value, maxDefaults);
      if (check.Check(filled)) return { ok: true, value: filled };
      return { ok: false, errors: toErrors(check, filled) };
    } catch (error) {
      if (!(error instanceof TooManyDefaults)) throw error;
      const message = `needs more than ${maxDefaults} default values`;
      return { ok: false, errors: [{ path: "", message }] };
    }
  };
}

/**
 * The returned check lists the places where a result does not match the schema. The list is empty when there is no schema.
 *
 * @throws {Error} the schema cannot be compiled
 */
export function compileOutput(
  schema: TSchema | undefined,
): (value: unknown) => InputError[] {
  if (schema === undefined) return () => [];
  const check = compile(schema);
  return (value) => {
    // The result of an action that returns nothing is null.
    const result = value === undefined ? null : value;
    return check.Check(result) ? [] : toErrors(check, result);
  };
}

/** @returns the schema without the parts that only TypeBox needs */
export function toJsonSchema(schema: TSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}

/** @returns the schema of what a caller sends, in which a property with a default is not required */
export function toInputSchema(schema: TSchema): JsonSchema {
  return toJsonSchema(toSentSchema(schema));
}

function compile(schema: TSchema): TypeCheck<TSchema> {
  registerFormats();
  refuseUnknownFormats(schema);
  return TypeCompiler.Compile(schema);
}

/** Refuses a format that TypeBox does not know, because TypeBox would refuse every value of it. */
function refuseUnknownFormats(schema: unknown): void {
  if (typeof schema !== "object" || schema === null) return;
  const { type, format } = schema as { type?: unknown; format?: unknown };
  if (
    type === "string" &&
    typeof format === "string" &&
    !FormatRegistry.Has(format)
  )
    throw new TypeError(
      `The format "${format}" is unknown. The known formats are ${[...FormatRegistry.Entries().keys()].toSorted().join(", ")}.`,
    );
  for (const part of Object.values(schema)) refuseUnknownFormats(part);
}

/** Lists at most 20 errors, one for each place: TypeBox also reports a missing property as one of the wrong type. */
function toErrors(check: TypeCheck<TSchema>, value: unknown): InputError[] {
  const errors = new Map<string, InputError>();
  for (const { path, message } of check.Errors(value)) {
    if (errors.has(path)) continue;
    errors.set(path, { path: shorten(path), message });
    if (errors.size === MAX_ERROR_COUNT) break;
  }
  return [...errors.values()];
}

function shorten(path: string): string {
  return path.length > MAX_PATH_LENGTH
    ? `${path.slice(0, MAX_PATH_LENGTH)}…`
    : path;
}
