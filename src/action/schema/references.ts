/** Gives the parts that refer to each other by an `$id`, as TypeBox writes recursion and modules, a place in `$defs`. */
import { isObject, type JsonSchema, mapParts } from "./parts.ts";

/** Other ids are URLs, which have a meaning of their own. */
const NAME = /^[\w-]+$/;
/** TypeBox counts the schemas that contain themselves: T0, T1. The number says nothing, and changes with every load. */
const COUNTED = /^T\d+$/;

/**
 * @returns the schema with its symbols, in which only `#` and `#/$defs/NAME` stand for such parts
 * @throws {TypeError} two different parts have one name
 */
export function nameReferences(schema: JsonSchema): JsonSchema {
  const used = new Set<string>();
  look(schema, ({ $ref }) => {
    if (typeof $ref === "string") used.add($ref);
  });
  const names = new Map<string, string>();
  const texts = new Map<string, string>();
  look(schema, (part) => {
    const { $id } = part;
    if (typeof $id !== "string" || !NAME.test($id) || !used.has($id)) return;
    names.set($id, "");
    const text = JSON.stringify(part);
    if ((texts.get($id) ?? text) !== text)
      throw new TypeError(
        `Two parts of the schema have the $id ${JSON.stringify($id)}, so that it cannot be told which of them is meant.`,
      );
    texts.set($id, text);
  });
  if (names.size === 0) return schema;
  for (const [index, id] of [...names.keys()].entries())
    names.set(
      id,
      COUNTED.test(id) ? `Node${index === 0 ? "" : index + 1}` : id,
    );
  const rootId = typeof schema["$id"] === "string" ? schema["$id"] : "";
  const places = new Map(
    [...names].map(([id, name]) => [
      id,
      id === rootId ? "#" : `#/$defs/${name}`,
    ]),
  );
  const lifted: Record<string, unknown> = {};
  const replace = (part: unknown, isRoot = false): unknown => {
    if (!isObject(part)) return part;
    const copy = keepSymbols(
      part,
      mapParts(part, (inner) => replace(inner)),
    );
    const { $id, $ref } = copy as { $id?: string; $ref?: string };
    const place = $ref === undefined ? undefined : places.get($ref);
    if (place !== undefined) copy["$ref"] = place;
    const own = $id === undefined ? undefined : places.get($id);
    if (own === undefined) return copy;
    delete copy["$id"];
    if (isRoot) return copy;
    lifted[names.get($id ?? "") ?? ""] = copy;
    return { $ref: own };
  };
  const root = replace(schema, true) as Record<string, unknown>;
  if (Object.keys(lifted).length === 0) return root;
  root["$defs"] = { ...(root["$defs"] as object | undefined), ...lifted };
  return root;
}

function look(part: unknown, see: (part: JsonSchema) => void): void {
  if (!isObject(part)) return;
  see(part);
  mapParts(part, (inner) => {
    look(inner, see);
    return inner;
  });
}

/** TypeBox recognises its schemas by symbols. */
function keepSymbols(
  from: object,
  copy: Record<string, unknown>,
): Record<string, unknown> {
  for (const symbol of Object.getOwnPropertySymbols(from))
    Object.assign(copy, { [symbol]: Reflect.get(from, symbol) });
  return copy;
}
