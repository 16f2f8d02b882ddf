/** Goes through the parts of a JSON Schema: which of its keywords hold schemas, and which hold values. */

/** A JSON Schema as plain JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const SCHEMAS = new Set([
  "additionalItems",
  "additionalProperties",
  "contains",
  "contentSchema",
  "else",
  "if",
  "items",
  "not",
  "propertyNames",
  "then",
  "unevaluatedItems",
  "unevaluatedProperties",
]);
const LISTS = new Set(["allOf", "anyOf", "items", "oneOf", "prefixItems"]);
const MAPS = new Set([
  "$defs",
  "definitions",
  "dependentSchemas",
  "patternProperties",
  "properties",
]);

/** Where a part stands in its schema, as the steps of a JSON Pointer (RFC 6901). */
export type Steps = readonly string[];

/** @returns a copy in which every schema directly inside this one has been replaced; symbols are dropped */
export function mapParts(
  schema: JsonSchema,
  map: (part: unknown, steps: Steps) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      if (LISTS.has(keyword) && Array.isArray(value))
        return [
          keyword,
          value.map((part, index) => map(part, [keyword, String(index)])),
        ];
      if (SCHEMAS.has(keyword) && isSchema(value))
        return [keyword, map(value, [keyword])];
      if (MAPS.has(keyword) && isObject(value))
        return [
          keyword,
          Object.fromEntries(
            Object.entries(value).map(([name, part]) => [
              name,
              map(part, [keyword, name]),
            ]),
          ),
        ];
      return [keyword, value];
    }),
  );
}

/** Calls `look` with the schema and with every schema inside it. */
export function eachPart(
  schema: unknown,
  look: (part: JsonSchema, steps: Steps) => void,
  steps: Steps = [],
): void {
  if (!isObject(schema)) return;
  look(schema, steps);
  mapParts(schema, (part, more) => {
    eachPart(part, look, [...steps, ...more]);
    return part;
  });
}

/** @returns the reference to a part of the same document, such as `#/$defs/Node` */
export function toPointer(steps: Steps): string {
  const escaped = steps.map((step) =>
    encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1")),
  );
  return ["#", ...escaped].join("/");
}

/** Whether the schema has a keyword that JSON Schema defines, or none at all. */
export function hasKeywords(value: JsonSchema): boolean {
  const keywords = Object.keys(value);
  return keywords.length === 0 || keywords.some((word) => KEYWORDS.has(word));
}

const KEYWORDS = new Set([
  ...SCHEMAS,
  ...LISTS,
  ...MAPS,
  ..."$ref $schema $id type enum const format minimum maximum minLength maxLength pattern multipleOf minItems maxItems required exclusiveMinimum exclusiveMaximum minProperties maxProperties".split(
    " ",
  ),
]);

function isSchema(value: unknown): boolean {
  return isObject(value) || typeof value === "boolean";
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
