/** Checks inputs and results against the schemas of an action, compiled once. */
import { FormatRegistry, type TSchema } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { Value, type ValueErrorIterator } from "@sinclair/typebox/value";
import { type FormatDefinition, type Format } from "ajv";
import { fullFormats } from "ajv-formats/dist/formats.js";
import type { InputError } from "../errors.ts";

export type CheckedInput =
  | { readonly ok: true; /** Defaults filled in. */ readonly value: unknown }
  | { readonly ok: false; readonly errors: readonly InputError[] };

export type JsonSchema = Record<string, unknown>;

/** More than these help nobody. */
const MAX_ERRORS = 20;

/**
 * Compiles an input schema. As in JSON Schema, nothing is coerced and extra properties pass unless the schema forbids
 * them; defaults are filled in.
 */
export function compileInput(
  schema: TSchema | undefined,
): (value: unknown) => CheckedInput {
  if (schema === undefined) return checkAnyObject;
  registerFormats();
  const check = TypeCompiler.Compile(schema);
  const hasDefaults = JSON.stringify(schema).includes('"default":');
  return (value) => {
    const filled = hasDefaults ? Value.Default(schema, value) : value;
    if (check.Check(filled)) return { ok: true, value: filled };
    return { ok: false, errors: toErrors(check.Errors(filled)) };
  };
}

/** Compiles an output schema. @returns what is wrong with a result; nothing when it is right */
export function compileOutput(
  schema: TSchema | undefined,
): (value: unknown) => readonly InputError[] {
  if (schema === undefined) return () => [];
  registerFormats();
  const check = TypeCompiler.Compile(schema);
  return (value) => (check.Check(value) ? [] : toErrors(check.Errors(value)));
}

/** The schema as plain JSON, without TypeBox's symbols. */
export function toJsonSchema(schema: TSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}

/** Input of an action without input schema. */
export const ANY_OBJECT: JsonSchema = { type: "object" };

function checkAnyObject(value: unknown): CheckedInput {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return { ok: true, value };
  return { ok: false, errors: [{ path: "", message: "Expected object" }] };
}

function toErrors(errors: ValueErrorIterator): InputError[] {
  const found: InputError[] = [];
  for (const { path, message } of errors) {
    if (!found.some((error) => error.path === path))
      found.push({ path, message });
    if (found.length === MAX_ERRORS) break;
  }
  return found;
}

/** TypeBox knows no format by itself: https://github.com/sinclairzx81/typebox/tree/0.34.0#types-format */
function registerFormats(): void {
  for (const [name, format] of Object.entries(fullFormats))
    if (!FormatRegistry.Has(name))
      FormatRegistry.Set(name, (text) => fits(format, text));
}

function fits(format: Format, text: string): boolean {
  if (format instanceof RegExp) return format.test(text);
  if (typeof format === "function") return format(text) === true;
  const { validate } = format as FormatDefinition<string>;
  // Formats for numbers, such as int32, are not for strings.
  if (validate instanceof RegExp) return validate.test(text);
  return typeof validate === "function" && validate(text) === true;
}
