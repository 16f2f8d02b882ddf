/** The members of an action's input, for prompts and URIs, whose arguments are texts. */
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";

interface MemberSchema {
  readonly type?: unknown;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly MemberSchema[];
  readonly const?: unknown;
}

interface Member {
  readonly member: string;
  readonly schema: MemberSchema;
  readonly isRequired: boolean;
}

export function toMembers({ inputSchema }: CatalogEntry): Member[] {
  const { properties = {}, required = [] } = inputSchema as {
    properties?: Readonly<Record<string, MemberSchema>>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([member, schema]) => ({
    member,
    schema,
    isRequired: required.includes(member),
  }));
}

/** Makes the input of texts: where the schema wants no text, `3` is a number and `true` a boolean. */
export function toInput(
  entry: CatalogEntry,
  texts: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const schemas = new Map(
    toMembers(entry).map(({ member, schema }) => [member, schema]),
  );
  return Object.fromEntries(
    Object.entries(texts).map(([member, text]) => [
      member,
      toValue(text, schemas.get(member)),
    ]),
  );
}

/** @returns the texts that the schema allows, which start with what has been typed */
export function suggest(schema: MemberSchema, typed: string): string[] {
  const choices = [
    ...(schema.enum ?? []),
    ...(schema.anyOf ?? []).flatMap((one) => one.const ?? one.enum ?? []),
  ];
  return choices
    .map((choice) => String(choice))
    .filter((choice) => choice.startsWith(typed));
}

function toValue(text: string, schema: MemberSchema | undefined): unknown {
  if (!["number", "integer", "boolean"].includes(String(schema?.type)))
    return text;
  try {
    return JSON.parse(text);
  } catch {
    // The check of the input says what is wrong with it.
    return text;
  }
}
