/** Understands schemas of zod, valibot, arktype and other libraries by Standard Schema (https://standardschema.dev). */
import type { InputError } from "../../errors.ts";
import { isObject, type JsonSchema } from "./parts.ts";

/** The part of https://standardschema.dev/schema and https://standardschema.dev/json-schema that is used. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Result | Promise<Result>;
    readonly types?:
      { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema?: {
      readonly input: (options: { target: string }) => Record<string, unknown>;
    };
  };
}

type Result =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

interface Issue {
  readonly message: string;
  readonly path?:
    readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const TARGET = "draft-2020-12";
const ADVICE: Readonly<Record<string, string>> = {
  valibot:
    "Wrap it with toStandardJsonSchema() of @valibot/to-json-schema: toStandardJsonSchema(v.object({ … })).",
};

/** Schemas of arktype are functions. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  return (
    ((typeof value === "object" && value !== null) ||
      typeof value === "function") &&
    "~standard" in value &&
    isObject(value["~standard"])
  );
}

/**
 * @returns the JSON Schema of what the schema takes
 * @throws {TypeError} the library cannot write it
 */
export function toStandardJson(schema: StandardSchema): JsonSchema {
  const { jsonSchema, vendor } = schema["~standard"];
  if (jsonSchema === undefined)
    throw new TypeError(
      `A schema of ${vendor} cannot be written as JSON Schema by itself. ${ADVICE[vendor] ?? "Use a version of it that has Standard JSON Schema."}`,
    );
  return jsonSchema.input({ target: TARGET });
}

/**
 * Checks what JSON Schema cannot say, such as refinements.
 *
 * @param value matches the JSON Schema
 * @returns no errors when the library would have to wait: `parse` says them then
 */
export function findIssues(
  schema: StandardSchema,
  value: unknown,
): InputError[] {
  const result = schema["~standard"].validate(value);
  return result instanceof Promise ? [] : toErrors(result);
}

/**
 * Makes of a checked input what the code gets, such as a Date of a text.
 *
 * @throws {InputRefused} what only waiting could tell
 */
export function parse(schema: StandardSchema, value: unknown): unknown {
  const result = schema["~standard"].validate(structuredClone(value));
  return result instanceof Promise ? result.then(toValue) : toValue(result);
}

function toValue(result: Result): unknown {
  const [error] = toErrors(result);
  if (error !== undefined)
    throw new TypeError(`${error.path} ${error.message}`.trim());
  return (result as { value: unknown }).value;
}

function toErrors({ issues = [] }: Result): InputError[] {
  return issues.map(({ message, path = [] }) => ({
    path: path
      .map((step) => (typeof step === "object" ? step.key : step))
      .map((key) => `/${toStep(String(key))}`)
      .join(""),
    message,
  }));
}

function toStep(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
