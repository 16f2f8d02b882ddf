/** JSON Schemas as Python types. */
import type { JsonSchema } from "../action/schema/parts.ts";
import { nameOfReference, resolveReference } from "./schema-references.ts";
import { toPascalCase } from "./words.ts";

type Schema = JsonSchema | boolean;

const PRIMITIVES: Readonly<Record<string, string>> = {
  string: "str",
  number: "float",
  integer: "int",
  boolean: "bool",
  null: "None",
};

/** Writes the types of one schema: its own, and one for each object in it and for each schema that it refers to. */
export class PythonTypeWriter {
  readonly #root: JsonSchema;
  readonly #name: string;
  readonly #names = new Map<Schema, string>();
  readonly #taken: Set<string>;
  /** The references that are being followed. */
  readonly #referred = new Set<string>();
  readonly #declarations: string[] = [];

  /** @param taken the names that are taken, to which those of the declarations are added */
  constructor(name: string, root: JsonSchema, taken: Set<string>) {
    this.#name = name;
    this.#root = root;
    this.#taken = taken;
  }

  /** @returns declarations, the last of which has the name */
  write(): string {
    const type = this.#declare(this.#root, this.#name);
    if (type !== this.#name) this.#declarations.push(`${this.#name} = ${type}`);
    return this.#declarations.join("\n");
  }

  #toType(schema: Schema, name: string): string {
    if (typeof schema === "boolean") return "Any";
    const known = this.#names.get(schema);
    if (known !== undefined) return `"${known}"`;
    if (typeof schema["$id"] === "string") return this.#declare(schema, name);
    return this.#toShape(schema, name);
  }

  #toShape(schema: JsonSchema, name: string): string {
    const reference = schema["$ref"];
    if (typeof reference === "string") {
      const found = resolveReference(this.#root, reference);
      if (found === undefined) return "Any";
      const wanted = this.#name + toPascalCase(nameOfReference(reference));
      // Only objects have names by which they can refer to themselves.
      if (this.#referred.has(reference) && !this.#names.has(found))
        return "Any";
      this.#referred.add(reference);
      const type = this.#names.has(found)
        ? this.#toType(found, wanted)
        : this.#declare(found, wanted);
      this.#referred.delete(reference);
      return type;
    }
    if ("const" in schema) return toLiteral([schema["const"]]);
    const choices = schema["enum"];
    if (Array.isArray(choices)) return toLiteral(choices);
    const variants = schema["anyOf"] ?? schema["oneOf"];
    if (Array.isArray(variants) && !("properties" in schema))
      return union(
        variants.map((one: Schema, index) =>
          this.#toType(one, `${name}${index + 1}`),
        ),
      );
    const types = [schema["type"] ?? guessType(schema)].flat();
    return union(types.map((type) => this.#toPlain(type, schema, name)));
  }

  #toPlain(type: unknown, schema: JsonSchema, name: string): string {
    if (type === "array") return this.#toArray(schema, name);
    if (type !== "object") return PRIMITIVES[type as string] ?? "Any";
    const { properties = {} } = schema as { properties?: object };
    if (Object.keys(properties).length > 0) return this.#declare(schema, name);
    const { additionalProperties = true, patternProperties = {} } = schema as {
      additionalProperties?: Schema;
      patternProperties?: Readonly<Record<string, Schema>>;
    };
    const patterns = Object.values(patternProperties);
    const rest = patterns.length > 0 ? patterns : [additionalProperties];
    const values = rest.map((one, index) =>
      this.#toType(one, `${name}Value${index === 0 ? "" : index + 1}`),
    );
    return `dict[str, ${union(values)}]`;
  }

  #toArray(schema: JsonSchema, name: string): string {
    const { items, prefixItems } = schema as {
      items?: Schema | readonly Schema[];
      prefixItems?: readonly Schema[];
    };
    const first = prefixItems ?? (Array.isArray(items) ? items : undefined);
    // JSON has no tuples.
    if (first !== undefined)
      return `list[${union(first.map((one: Schema, index) => this.#toType(one, `${name}${index + 1}`)))}]`;
    return `list[${items === undefined ? "Any" : this.#toType(items as Schema, `${name}Item`)}]`;
  }

  /** @returns the type, which is a name where the schema describes an object or refers to itself */
  #declare(schema: Schema, wanted: string): string {
    if (typeof schema === "boolean") return "Any";
    const known = this.#names.get(schema);
    if (known !== undefined) return `"${known}"`;
    const { properties = {}, required = [] } = schema as {
      properties?: Readonly<Record<string, Schema>>;
      required?: readonly string[];
    };
    const members = Object.entries(properties);
    const isObject = members.length > 0 && !("$ref" in schema);
    if (!isObject && typeof schema["$id"] !== "string")
      return this.#toShape(schema, wanted);
    let name = wanted;
    for (let number = 2; this.#taken.has(name); number += 1)
      name = wanted + number;
    this.#taken.add(name);
    this.#names.set(schema, name);
    if (!isObject) {
      this.#declarations.push(`${name} = ${this.#toShape(schema, name)}`);
      return name;
    }
    const lines = members.map(([member, property]) => {
      const type = this.#toType(property, name + toPascalCase(member));
      const written = required.includes(member) ? type : `NotRequired[${type}]`;
      return `    ${JSON.stringify(member)}: ${written},`;
    });
    this.#declarations.push(
      `${name} = TypedDict("${name}", {\n${lines.join("\n")}\n})`,
    );
    return name;
  }
}

function guessType(schema: JsonSchema): string | undefined {
  if ("properties" in schema || "patternProperties" in schema) return "object";
  return "items" in schema || "prefixItems" in schema ? "array" : undefined;
}

/** Python's literals are texts, integers, booleans and None. */
function toLiteral(values: readonly unknown[]): string {
  const written = values.map(toPythonValue);
  return written.includes(undefined) ? "Any" : `Literal[${written.join(", ")}]`;
}

function toPythonValue(value: unknown): string | undefined {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return JSON.stringify(value);
  return Number.isInteger(value) ? JSON.stringify(value) : undefined;
}

function union(types: readonly string[]): string {
  const unique = [...new Set(types)];
  if (unique.length === 0 || unique.includes("Any")) return "Any";
  return unique.length === 1
    ? (unique[0] ?? "")
    : `Union[${unique.join(", ")}]`;
}
