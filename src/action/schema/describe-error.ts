/** Says what is wrong with a value in sentences that name what came, from the errors of ajv. */
import type { ErrorObject } from "ajv/dist/2020.js";
import type { InputError } from "../../errors.ts";

const MAX_ERROR_COUNT = 20;
/** A path has the names that the caller sent. */
const MAX_PATH_LENGTH = 200;
const MAX_SHOWN = 60;
/** Their own parts say what is wrong. */
const SILENT = new Set(["if", "propertyNames"]);

/** @returns at most 20 errors, one for each place */
export function describeErrors(errors: readonly ErrorObject[]): InputError[] {
  const found = new Map<string, InputError>();
  for (const error of withoutVariants(errors)) {
    if (SILENT.has(error.keyword) && errors.length > 1) continue;
    const path = pathOf(error);
    if (!found.has(path))
      found.set(path, { path: shorten(path), message: describe(error) });
    if (found.size === MAX_ERROR_COUNT) break;
  }
  return [...found.values()];
}

/** Of a union, ajv lists the errors of every variant before the one that none of them fits. */
function withoutVariants(errors: readonly ErrorObject[]): ErrorObject[] {
  const kept: ErrorObject[] = [];
  for (const error of errors) {
    if (error.keyword !== "anyOf" && error.keyword !== "oneOf") {
      kept.push(error);
      continue;
    }
    const { instancePath, schemaPath, schema } = error;
    const count = (schema as readonly unknown[]).length;
    const isInside = (other: ErrorObject) =>
      other.instancePath === instancePath ||
      other.instancePath.startsWith(`${instancePath}/`);
    const own: ErrorObject[] = [];
    while (kept.length > 0 && isInside(kept.at(-1) as ErrorObject))
      own.unshift(kept.pop() as ErrorObject);
    const [before, inside] = splitAt(own, schemaPath);
    kept.push(
      ...before,
      ...(nearest(inside, { schemaPath, instancePath, count }) ?? [error]),
    );
  }
  return kept;
}

/** @returns errors of other keywords at the same place, and those of the variants, as far as their paths tell */
function splitAt(
  errors: readonly ErrorObject[],
  schemaPath: string,
): [ErrorObject[], ErrorObject[]] {
  const isBefore = (error: ErrorObject) =>
    !error.schemaPath.startsWith(`${schemaPath}/`) &&
    error.schemaPath.slice(0, error.schemaPath.lastIndexOf("/")) ===
      schemaPath.slice(0, schemaPath.lastIndexOf("/"));
  return [errors.filter(isBefore), errors.filter((error) => !isBefore(error))];
}

/** @returns the errors of the one variant that is of the right kind; undefined when that cannot be told */
function nearest(
  errors: readonly ErrorObject[],
  {
    schemaPath,
    instancePath,
    count,
  }: { schemaPath: string; instancePath: string; count: number },
): readonly ErrorObject[] | undefined {
  const variants = Array.from({ length: count }, (_, index) =>
    errors.filter((error) =>
      error.schemaPath.startsWith(`${schemaPath}/${index}/`),
    ),
  );
  if (variants.some((own) => own.length === 0)) return undefined;
  const isOtherKind = (error: ErrorObject) =>
    ["const", "enum"].includes(error.keyword) ||
    (error.keyword === "type" && error.instancePath === instancePath);
  const likely = variants.filter((own) => !own.some(isOtherKind));
  return likely.length === 1 ? likely[0] : undefined;
}

function pathOf({ instancePath, keyword, params }: ErrorObject): string {
  const name: unknown =
    keyword === "required" || keyword === "dependentRequired"
      ? params["missingProperty"]
      : (params["additionalProperty"] ?? params["unevaluatedProperty"]);
  return typeof name === "string"
    ? `${instancePath}/${toStep(name)}`
    : instancePath;
}

function shorten(path: string): string {
  return path.length > MAX_PATH_LENGTH
    ? `${path.slice(0, MAX_PATH_LENGTH)}…`
    : path;
}

function toStep(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function describe({
  keyword,
  params,
  schema,
  data,
  message,
}: ErrorObject): string {
  const limit = String(params["limit"]);
  const not = `, not ${show(data)}`;
  switch (keyword) {
    case "required":
      return "is required";
    case "dependentRequired":
      return `is required beside ${JSON.stringify(params["property"])}`;
    case "additionalProperties":
    case "unevaluatedProperties":
      return "is not a member that is known here";
    case "type":
      return `must be ${toTypes(params["type"] as string | string[])}${not}`;
    case "enum":
      return `must be ${toList((schema as unknown[]).map(show))}${not}`;
    case "const":
      return `must be ${show(schema)}${not}`;
    case "anyOf":
    case "oneOf":
      return describeUnion(schema as unknown[], params, data);
    case "minLength":
      return `must have at least ${limit} ${plural("character", limit)}${not}`;
    case "maxLength":
      return `must have at most ${limit} ${plural("character", limit)}${not}`;
    case "pattern":
      return `must match the pattern ${String(schema)}${not}`;
    case "format":
      return `must be in the format ${JSON.stringify(schema)}${not}`;
    case "minimum":
      return `must be at least ${limit}${not}`;
    case "maximum":
      return `must be at most ${limit}${not}`;
    case "exclusiveMinimum":
      return `must be above ${limit}${not}`;
    case "exclusiveMaximum":
      return `must be below ${limit}${not}`;
    case "multipleOf":
      return `must be a multiple of ${String(schema)}${not}`;
    case "minItems":
      return `must have at least ${limit} ${plural("item", limit)}, not ${(data as unknown[]).length}`;
    case "maxItems":
      return `must have at most ${limit} ${plural("item", limit)}, not ${(data as unknown[]).length}`;
    case "items":
    case "unevaluatedItems":
      return `must have at most ${String(params["len"] ?? limit)} items`;
    case "uniqueItems":
      return `must not have the same item twice, as at ${String(params["j"])} and ${String(params["i"])}`;
    case "contains":
      return "lacks an item that it must have";
    case "minProperties":
      return `must have at least ${limit} ${plural("member", limit)}`;
    case "maxProperties":
      return `must have at most ${limit} ${plural("member", limit)}`;
    case "false schema":
      return "must not be there";
    case "not":
      return `is one of the values that are not allowed`;
    default:
      return message ?? "does not match";
  }
}

function describeUnion(
  variants: readonly unknown[],
  { passingSchemas }: ErrorObject["params"],
  data: unknown,
): string {
  if (Array.isArray(passingSchemas))
    return "fits several variants of which it must fit one";
  const words = variants.map(toVariant);
  return words.every((word) => word !== undefined)
    ? `must be ${toList([...new Set(words)])}, not ${show(data)}`
    : `fits none of the ${variants.length} variants that it may have`;
}

/** @returns undefined for a variant that takes more than a few words */
function toVariant(variant: unknown): string | undefined {
  if (typeof variant !== "object" || variant === null) return undefined;
  const {
    type,
    enum: values,
    const: constant,
  } = variant as {
    type?: unknown;
    enum?: unknown[];
    const?: unknown;
  };
  if (values !== undefined) return toList(values.map(show));
  if (constant !== undefined) return show(constant);
  return typeof type === "string" && type !== "object"
    ? toTypes(type)
    : undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  integer: "an integer",
  boolean: "true or false",
  object: "an object",
  array: "an array",
  null: "null",
};

function toTypes(type: string | readonly string[]): string {
  return toList([type].flat().map((each) => TYPES[each] ?? each));
}

function toList(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2
    ? last
    : `${words.slice(0, -1).join(", ")} or ${last}`;
}

function plural(word: string, count: string): string {
  return count === "1" ? word : `${word}s`;
}

/** What came, without writing out what may be megabytes. */
function show(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "string" && value.length > MAX_SHOWN)
    return JSON.stringify(`${value.slice(0, MAX_SHOWN)}…`);
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
