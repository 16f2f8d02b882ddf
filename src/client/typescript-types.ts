/** JSON Schemas as TypeScript types. */
import type { JsonSchema } from "../action/schema/parts.ts";
import { nameOfReference, resolveReference } from "./schema-references.ts";
import { isIdentifier, toPascalCase } from "./words.ts";

type Schema = JsonSchema | boolean;

const PRIMITIVES: Readonly<Record<string, string>> = {
  string: "string",
  number: "number",
  integer: "number",
  boolean: "boolean",
  null: "null",
};

/** Writes the types of one schema: its own, and one for each schema that it refers to. */
export class TypeWriter {
  readonly #root: JsonSchema;
  readonly #name: string;
  /** The names of the schemas that are referred to. */
  readonly #names = new Map<Schema, string>();
  readonly #declarations: string[] = [];

  constructor(name: string, root: JsonSchema) {
    this.#name = name;
    this.#root = root;
    this.#names.set(root, name);
  }

  /** @returns declarations, the first of which has the name */
  write(): string {
    const own = `export type ${this.#name} = ${this.#toShape(this.#root)};`;
    return [own, ...this.#declarations].join("\n");
  }

  #toType(schema: Schema): string {
    if (typeof schema === "boolean") return schema ? "unknown" : "never";
    // A schema that others refer to by its id is a type of its own.
    const id = schema["$id"];
    if (typeof id === "string" && schema !== this.#root)
      return this.#refer(schema, id);
    return this.#toShape(schema);
  }

  #toShape(schema: JsonSchema): string {
    const reference = schema["$ref"];
    if (typeof reference === "string") {
      const found = resolveReference(this.#root, reference);
      return found === undefined ? "unknown" : this.#refer(found, reference);
    }
    if ("const" in schema) return JSON.stringify(schema["const"]);
    const choices = schema["enum"];
    if (Array.isArray(choices))
      return union(choices.map((choice) => JSON.stringify(choice)));
    for (const key of ["anyOf", "oneOf"]) {
      const variants = schema[key];
      if (Array.isArray(variants) && !("properties" in schema))
        return union(variants.map((one: Schema) => this.#toType(one)));
    }
    const parts = schema["allOf"];
    if (Array.isArray(parts) && !("properties" in schema))
      return parts.map((one: Schema) => `(${this.#toType(one)})`).join(" & ");
    const types = [schema["type"] ?? guessType(schema)].flat();
    return union(types.map((type) => this.#toPlain(type, schema)));
  }

  #toPlain(type: unknown, schema: JsonSchema): string {
    if (type === "object") return this.#toObject(schema);
    if (type === "array") return this.#toArray(schema);
    return PRIMITIVES[type as string] ?? "unknown";
  }

  #toArray(schema: JsonSchema): string {
    const { items, prefixItems } = schema as {
      items?: Schema | readonly Schema[];
      prefixItems?: readonly Schema[];
    };
    // TypeBox writes tuples as JSON Schema did before 2020.
    const first = prefixItems ?? (Array.isArray(items) ? items : undefined);
    if (first !== undefined)
      return `[${first.map((one: Schema) => this.#toType(one)).join(", ")}]`;
    return `Array<${items === undefined ? "unknown" : this.#toType(items as Schema)}>`;
  }

  #toObject(schema: JsonSchema): string {
    const { properties = {}, required = [] } = schema as {
      properties?: Readonly<Record<string, Schema>>;
      required?: readonly string[];
    };
    const members = Object.entries(properties).map(([name, property]) => {
      const key = isIdentifier(name) ? name : JSON.stringify(name);
      const mark = required.includes(name) ? "" : "?";
      return `${toDoc(property)}${key}${mark}: ${this.#toType(property)};`;
    });
    if (members.length > 0) return `{\n${indent(members.join("\n"))}\n}`;
    return `{ [member: string]: ${this.#toRest(schema)} }`;
  }

  /** The type of the members that are not named. */
  #toRest(schema: JsonSchema): string {
    const { additionalProperties = true, patternProperties = {} } = schema as {
      additionalProperties?: Schema;
      patternProperties?: Readonly<Record<string, Schema>>;
    };
    const patterns = Object.values(patternProperties);
    if (patterns.length > 0)
      return union(patterns.map((one) => this.#toType(one)));
    return this.#toType(additionalProperties);
  }

  /** @returns the name of the type, which is declared when it is first referred to */
  #refer(schema: Schema, reference: string): string {
    const known = this.#names.get(schema);
    if (known !== undefined) return known;
    const wanted = `${this.#name}${toPascalCase(nameOfReference(reference))}`;
    let name = wanted;
    const taken = new Set(this.#names.values());
    for (let number = 2; taken.has(name); number += 1) name = wanted + number;
    this.#names.set(schema, name);
    const shape =
      typeof schema === "boolean"
        ? this.#toType(schema)
        : this.#toShape(schema);
    this.#declarations.push(`export type ${name} = ${shape};`);
    return name;
  }
}

/** A comment that says what a schema or an action is for. */
export function toDoc(schema: Schema): string {
  const description = typeof schema === "boolean" ? "" : schema["description"];
  if (typeof description !== "string" || description === "") return "";
  const lines = description.replaceAll("*/", "*\\/").split("\n");
  return lines.length === 1
    ? `/** ${lines[0]} */\n`
    : `/**\n${lines.map((line) => ` * ${line}`).join("\n")}\n */\n`;
}

export function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}

function guessType(schema: JsonSchema): string | undefined {
  if ("properties" in schema || "patternProperties" in schema) return "object";
  return "items" in schema || "prefixItems" in schema ? "array" : undefined;
}

function union(types: readonly string[]): string {
  const unique = [...new Set(types)];
  if (unique.length === 0) return "never";
  return unique.length === 1 ? (unique[0] ?? "") : `(${unique.join(" | ")})`;
}
