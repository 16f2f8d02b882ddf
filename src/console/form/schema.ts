/** Reads JSON Schema: what kind of field a schema needs, and what it begins with. */

export interface Schema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly $ref?: string;
  readonly $id?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly format?: string;
  readonly contentEncoding?: string;
  readonly contentMediaType?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly items?: Schema | readonly Schema[] | boolean;
  readonly prefixItems?: readonly Schema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
}

export type Kind =
  | "any"
  | "boolean"
  | "choice"
  | "const"
  | "file"
  | "list"
  | "null"
  | "number"
  | "object"
  | "record"
  | "text"
  | "tuple"
  | "union";

/** @returns the schema that is meant, with what it refers to and all of its parts in one */
export function resolve(schema: Schema, root: Schema): Schema {
  if (schema.$ref !== undefined) {
    const { $ref, ...rest } = schema;
    const found = findReference($ref, root);
    return found === undefined ? rest : { ...resolve(found, root), ...rest };
  }
  if (schema.allOf === undefined) return schema;
  const { allOf, ...own } = schema;
  return [...allOf.map((part) => resolve(part, root)), own].reduce(merge, {});
}

function findReference(name: string, root: Schema): Schema | undefined {
  if (name === "#") return root;
  if (name.startsWith("#/"))
    return name
      .slice(2)
      .split("/")
      .map((part) => decodeURIComponent(part).replaceAll("~1", "/"))
      .reduce<unknown>(
        (found, part) => (found as Record<string, unknown> | undefined)?.[part],
        root,
      ) as Schema | undefined;
  return findById(name, root);
}

/** TypeBox names the schemas that contain themselves. */
function findById(id: string, within: unknown): Schema | undefined {
  if (typeof within !== "object" || within === null) return undefined;
  if ((within as Schema).$id === id) return within;
  for (const part of Object.values(within)) {
    const found = findById(id, part);
    if (found !== undefined) return found;
  }
  return undefined;
}

function merge(one: Schema, other: Schema): Schema {
  return {
    ...one,
    ...other,
    ...(one.properties || other.properties
      ? { properties: { ...one.properties, ...other.properties } }
      : {}),
    ...(one.required || other.required
      ? { required: [...(one.required ?? []), ...(other.required ?? [])] }
      : {}),
  };
}

/** The schemas of which a value has to match one; undefined when there is no such choice. */
export function variantsOf(schema: Schema): readonly Schema[] | undefined {
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) return variants;
  if (!Array.isArray(schema.type) || schema.type.length < 2) return undefined;
  return (schema.type as string[]).map((type) =>
    Object.assign({}, schema, { type }),
  );
}

/** The values there are to choose from; undefined when the schema does not list them. */
export function choicesOf(schema: Schema): readonly unknown[] | undefined {
  if (schema.enum !== undefined) return schema.enum;
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants?.every((variant) => "const" in variant) !== true)
    return undefined;
  return variants.map((variant) => variant.const);
}

/** @param schema resolved */
export function kindOf(schema: Schema): Kind {
  if ("const" in schema) return "const";
  if (choicesOf(schema) !== undefined) return "choice";
  if (variantsOf(schema) !== undefined) return "union";
  const [type] = [schema.type].flat();
  if (type === "string") return isFile(schema) ? "file" : "text";
  if (type === "number" || type === "integer") return "number";
  if (type === "boolean" || type === "null") return type;
  if (type === "array") return tupleOf(schema) === undefined ? "list" : "tuple";
  if (schema.properties !== undefined) return "object";
  return type === "object" ? "record" : "any";
}

/** The schemas of a list in which each place has its own. */
export function tupleOf(schema: Schema): readonly Schema[] | undefined {
  if (schema.prefixItems !== undefined) return schema.prefixItems;
  return Array.isArray(schema.items)
    ? (schema.items as readonly Schema[])
    : undefined;
}

/** @returns the schema of each item of a list */
export function itemsOf({ items }: Schema): Schema {
  return typeof items === "object" && !Array.isArray(items)
    ? (items as Schema)
    : {};
}

/** @returns the schema of each value of an object whose names are free */
export function valuesOf(schema: Schema): Schema {
  const [pattern] = Object.values(schema.patternProperties ?? {});
  if (pattern !== undefined) return pattern;
  return typeof schema.additionalProperties === "object"
    ? schema.additionalProperties
    : {};
}

function isFile({ contentEncoding, format }: Schema): boolean {
  return (
    contentEncoding === "base64" || format === "byte" || format === "binary"
  );
}
