/** Checks values against JSON Schema 2020-12 with ajv: lengths in characters, patterns with `u`, exact multiples, own members only. */
import {
  Ajv2020,
  type ErrorObject,
  type ValidateFunction,
} from "ajv/dist/2020.js";
import { describeErrors } from "./describe-error.ts";
import { forAjv } from "./for-ajv.ts";
import type { InputError } from "../../errors.ts";
import { formats } from "./formats.ts";
import { isMultipleOf } from "./multiple-of.ts";
import { eachPart, type JsonSchema, type Steps, toPointer } from "./parts.ts";

/** The key under which the schema is kept beside those of the dialect itself. */
const KEY = "schema";
/** Of larger values only the first error is looked for: each one takes memory. */
const SMALL = 1000;

export class Validator {
  readonly #schema: JsonSchema;
  readonly #check: ValidateFunction;
  readonly #ajv: Ajv2020;
  /** Looks for all errors; compiled when it is first needed. */
  #thorough: ValidateFunction | undefined;

  /**
   * @param schema plain JSON
   * @param options.isDoubtful it may not be a schema at all
   * @throws {Error} it is not a schema, or refers to what is not there
   */
  constructor(schema: JsonSchema, options: { isDoubtful?: boolean } = {}) {
    this.#schema = forAjv(schema);
    if (options.isDoubtful === true) refuseMalformed(schema);
    this.#ajv = createAjv(this.#schema, { allErrors: false });
    this.#check = compile(this.#ajv);
  }

  check(value: unknown): boolean {
    return this.#check(value);
  }

  /** @param value does not match */
  findErrors(value: unknown): InputError[] {
    const isSmall = countValues(value, SMALL) < SMALL;
    if (!isSmall || hasOpenUnions(this.#schema)) {
      this.#check(value);
      return describeErrors(errorsOf(this.#check));
    }
    this.#thorough ??= compile(createAjv(this.#schema, { allErrors: true }));
    this.#thorough(value);
    return describeErrors(errorsOf(this.#thorough));
  }

  /** @returns the check of a part of the schema, such as a variant of a union */
  checkOf(steps: Steps): (value: unknown) => boolean {
    const check = this.#ajv.getSchema(`${KEY}${toPointer(steps)}`);
    return (value) => check === undefined || check(value) === true;
  }
}

function createAjv(
  schema: JsonSchema,
  { allErrors }: { allErrors: boolean },
): Ajv2020 {
  // Compiling the schema of all schemas takes longer than all else together.
  const meta = JSON.stringify(schema).includes("json-schema.org/");
  const ajv = new Ajv2020({
    strict: false,
    logger: false,
    ownProperties: true,
    verbose: true,
    allErrors,
    meta,
    validateSchema: false,
    formats,
    code: { regExp: toRegExp },
  });
  ajv.removeKeyword("multipleOf");
  ajv.addKeyword({
    keyword: "multipleOf",
    type: "number",
    schemaType: "number",
    compile: (step: number) => (value: number) => isMultipleOf(value, step),
  });
  return ajv.addSchema(schema, KEY);
}

function compile(ajv: Ajv2020): ValidateFunction {
  try {
    return ajv.getSchema(KEY) as ValidateFunction;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TypeError(
      "The references of this schema cannot be followed. Refer to parts with #/$defs/NAME.",
      { cause: error },
    );
  }
}

/** @throws {TypeError} */
function refuseMalformed(schema: JsonSchema): void {
  const ajv = new Ajv2020({ strict: false, logger: false });
  if (ajv.validateSchema(schema) === true) return;
  const { instancePath = "", message = "" } = ajv.errors?.[0] ?? {};
  throw new TypeError(
    `The schema is not valid JSON Schema: ${instancePath === "" ? "it" : instancePath} ${message}.`,
  );
}

/** Patterns are meant with `u` (JSON Schema 2020-12 section 6.4). One that is only valid without it is taken so. */
const toRegExp = Object.assign(
  (pattern: string, flags: string) => {
    try {
      return new RegExp(pattern, flags);
    } catch {
      return new RegExp(pattern);
    }
  },
  // Ajv only uses this in code that it writes to files.
  { code: "" },
);

/** Looking for every error in a union that contains itself takes 2^n steps for n levels. */
function hasOpenUnions(schema: JsonSchema): boolean {
  let hasUnion = false;
  let hasReference = false;
  eachPart(schema, (part) => {
    hasUnion ||= "anyOf" in part || "oneOf" in part;
    hasReference ||= "$ref" in part || "$dynamicRef" in part;
  });
  return hasUnion && hasReference;
}

function errorsOf({ errors }: ValidateFunction): readonly ErrorObject[] {
  return errors ?? [];
}

/** @returns how many values there are, at most `max` */
function countValues(value: unknown, max: number): number {
  let count = 0;
  const waiting = [value];
  while (waiting.length > 0 && count < max) {
    const next = waiting.pop();
    count += 1;
    if (typeof next !== "object" || next === null) continue;
    const members: unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (members.length > max) return max;
    waiting.push(...members);
  }
  return count;
}
