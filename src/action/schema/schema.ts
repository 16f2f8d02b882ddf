/** Checks inputs and results against the schemas of an action. */
import { Kind } from "@sinclair/typebox";
import type { InputError } from "../../errors.ts";
import { alwaysCompiles } from "./always-compiles.ts";
import { createFill, TooManyDefaults } from "./defaults.ts";
import { toDialect, toSentSchema } from "./dialect.ts";
import { formats } from "./formats.ts";
import { eachPart, type JsonSchema } from "./parts.ts";
import { findIssues, isStandardSchema } from "./standard-schema.ts";
import type { Validator } from "./validator.ts";

export type CheckedInput =
  { ok: true; value: unknown } | { ok: false; errors: InputError[] };

/** @param maxDefaults how many values may be filled in */
export type CheckInput = (value: unknown, maxDefaults?: number) => CheckedInput;

/**
 * The returned check fills defaults into the value it is given. It does not coerce values, and it keeps properties that the
 * schema does not mention, unless the schema forbids them.
 *
 * @param schema made with `t`, JSON Schema, or of another library
 * @param options.isChecked it has been compiled before, so that it is valid
 * @throws {Error} the schema is not valid, or describes what is not JSON
 */
export function compileInput(
  schema: object,
  options: { isChecked?: boolean } = {},
): CheckInput {
  const dialect = toDialect(schema, "input");
  const validator = compile(schema, { dialect, ...options });
  const sent = toSentSchema(dialect);
  // Only unions need it.
  let ofSent: Validator | undefined;
  const fill = createFill(sent, (steps) =>
    (ofSent ??= createValidator(toPlain(sent))).checkOf(steps),
  );
  const refine = isStandardSchema(schema)
    ? (value: unknown) => findIssues(schema, value)
    : () => [];
  return (value, maxDefaults = Infinity) => {
    try {
      const filled = fill === undefined ? value : fill(value, maxDefaults);
      if (!validator().check(filled))
        return { ok: false, errors: validator().findErrors(filled) };
      const errors = refine(filled);
      return errors.length === 0
        ? { ok: true, value: filled }
        : { ok: false, errors };
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
 * @throws {Error} the schema is not valid, or describes what is not JSON
 */
export function compileOutput(
  schema: object | undefined,
): (value: unknown) => InputError[] {
  if (schema === undefined) return () => [];
  const validator = compile(schema, {
    dialect: toDialect(schema, "output"),
  });
  return (value) => {
    // The result of an action that returns nothing is null.
    const result = value === undefined ? null : value;
    if (!validator().check(result)) return validator().findErrors(result);
    return isStandardSchema(schema) ? findIssues(schema, result) : [];
  };
}

/** @returns the schema of a result, as plain JSON */
export function toJsonSchema(schema: object): JsonSchema {
  return toPlain(toDialect(schema, "output"));
}

/** @returns the schema of what a caller sends, in which a property with a default is not required */
export function toInputSchema(schema: object): JsonSchema {
  return toPlain(toSentSchema(toDialect(schema, "input")));
}

/**
 * Compiling takes milliseconds, and a server may have hundreds of schemas and be asked for few. So one that cannot be
 * refused is compiled when it is first needed.
 *
 * @returns the validator, the same one every time
 */
function compile(
  schema: object,
  { dialect, isChecked = false }: { dialect: JsonSchema; isChecked?: boolean },
): () => Validator {
  const isStandard = isStandardSchema(schema);
  if (!isStandard) refuseUnknownFormats(dialect);
  const isDoubtful = !isStandard && !isChecked && isWritten(schema);
  const plain = toPlain(dialect);
  let validator: Validator | undefined;
  const find = () => (validator ??= createValidator(plain, { isDoubtful }));
  if (isDoubtful || !alwaysCompiles(plain)) find();
  return find;
}

/** Ajv is loaded with the first one. */
function createValidator(
  ...schema: ConstructorParameters<typeof Validator>
): Validator {
  const loaded = require("./validator.ts") as typeof import("./validator.ts");
  return new loaded.Validator(...schema);
}

/** Whether a person may have written a part of the schema, and not `t`, which makes no mistakes. */
function isWritten(schema: object): boolean {
  let isByHand = false;
  eachPart(schema, (part) => {
    const kind = (part as { [Kind]?: string })[Kind];
    isByHand ||= kind === undefined || kind === "Unsafe";
  });
  return isByHand;
}

/** Refuses a format that the validator does not know, because it would check nothing. */
function refuseUnknownFormats(schema: JsonSchema): void {
  eachPart(schema, ({ type, format }) => {
    if (type !== "string" || typeof format !== "string") return;
    if (Object.hasOwn(formats, format)) return;
    throw new TypeError(
      `The format "${format}" is unknown. The known formats are ${Object.keys(formats).toSorted().join(", ")}.`,
    );
  });
}

/** @returns the schema without symbols and functions */
function toPlain(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}
