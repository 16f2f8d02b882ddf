/** Finds what a `$ref` of a JSON Schema refers to, within the schema itself. */
import type { JsonSchema } from "../action/schema/parts.ts";

type Schema = JsonSchema | boolean;

/** @returns undefined for what is not within the schema */
export function resolveReference(
  root: JsonSchema,
  reference: string,
): Schema | undefined {
  if (reference === "#") return root;
  if (reference.startsWith("#/")) {
    let found: unknown = root;
    for (const part of reference.slice(2).split("/"))
      found = (found as Record<string, unknown> | undefined)?.[unescape(part)];
    return found as Schema | undefined;
  }
  return findById(root, reference);
}

/** The last word of a reference, such as "address" of "#/$defs/address". */
export function nameOfReference(reference: string): string {
  const last = reference.split(/[/#]/).findLast((part) => part !== "");
  return last ?? "self";
}

function findById(schema: unknown, id: string): Schema | undefined {
  if (typeof schema !== "object" || schema === null) return undefined;
  if ((schema as JsonSchema)["$id"] === id) return schema as JsonSchema;
  for (const part of Object.values(schema)) {
    const found = findById(part, id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** https://www.rfc-editor.org/rfc/rfc6901#section-4 */
function unescape(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}
