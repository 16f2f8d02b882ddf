/** What a form begins with: defaults, and the shape of what is required. */
import {
  choicesOf,
  itemsOf,
  type Kind,
  kindOf,
  resolve,
  type Schema,
  tupleOf,
  variantsOf,
} from "./schema.ts";

/** @returns undefined where only a person knows what is right */
export function initialValue(given: Schema, root: Schema): unknown {
  const schema = resolve(given, root);
  if (schema.default !== undefined) return structuredClone(schema.default);
  return BEGINNINGS[kindOf(schema)](schema, root);
}

const NOTHING = () => undefined;

const BEGINNINGS: Readonly<
  Record<Kind, (schema: Schema, root: Schema) => unknown>
> = {
  any: NOTHING,
  boolean: () => false,
  choice: (schema) => {
    const choices = choicesOf(schema) ?? [];
    return choices.length === 1 ? choices[0] : undefined;
  },
  const: (schema) => schema.const,
  file: NOTHING,
  list: (schema, root) =>
    Array.from({ length: schema.minItems ?? 0 }, () =>
      initialValue(itemsOf(schema), root),
    ),
  null: () => null,
  number: NOTHING,
  object: initialMembers,
  record: () => ({}),
  text: NOTHING,
  tuple: (schema, root) =>
    tupleOf(schema)?.map((item) => initialValue(item, root)),
  union: (schema, root) => initialValue(variantsOf(schema)?.[0] ?? {}, root),
};

function initialMembers(schema: Schema, root: Schema): object {
  const members: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const isWanted =
      schema.required?.includes(name) === true ||
      resolve(member, root).default !== undefined;
    const value = isWanted ? initialValue(member, root) : undefined;
    if (value !== undefined) members[name] = value;
  }
  return members;
}
