/** Finds schemas that a validator can always be compiled of, because they have only what is checked here. */
import { eachPart, isObject, type JsonSchema } from "./parts.ts";

type Check = (value: unknown) => boolean;

const TYPES: ReadonlySet<unknown> = new Set(
  "array boolean integer null number object string".split(" "),
);
const isAny: Check = () => true;
const isText: Check = (value) => typeof value === "string";
const isSize: Check = (value) => Number.isInteger(value) && Number(value) >= 0;
const isNumber: Check = (value) => Number.isFinite(value);
const isPart: Check = (value) => isObject(value) || typeof value === "boolean";
const isList: Check = (value) => Array.isArray(value) && value.length > 0;
const isListOfParts: Check = (value) =>
  isList(value) && (value as unknown[]).every(isPart);

/** What else a part has, such as a reference or a pattern, may be wrong. */
const KEYWORDS = new Map<string, Check>([
  ["title", isAny],
  ["description", isAny],
  ["default", isAny],
  ["examples", isAny],
  ["const", isAny],
  ["enum", isList],
  ["type", (value) => TYPES.has(value)],
  // It is looked up before.
  ["format", isText],
  ["minLength", isSize],
  ["maxLength", isSize],
  ["minItems", isSize],
  ["maxItems", isSize],
  ["uniqueItems", (value) => typeof value === "boolean"],
  ["minimum", isNumber],
  ["maximum", isNumber],
  ["exclusiveMinimum", isNumber],
  ["exclusiveMaximum", isNumber],
  ["items", isPart],
  ["anyOf", isListOfParts],
  ["allOf", isListOfParts],
  [
    "properties",
    (value) => isObject(value) && Object.values(value).every(isPart),
  ],
  ["additionalProperties", isPart],
  ["required", (value) => Array.isArray(value) && value.every(isText)],
]);

export function alwaysCompiles(schema: JsonSchema): boolean {
  let isSure = true;
  eachPart(schema, (part) => {
    isSure &&= Object.entries(part).every(
      ([keyword, value]) => KEYWORDS.get(keyword)?.(value) === true,
    );
  });
  return isSure;
}
