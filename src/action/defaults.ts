/**
 * Fills the defaults of a schema into an input. This replaces TypeBox's `Value.Default`, which takes 2^n steps for n levels
 * of nesting (https://github.com/sinclairzx81/typebox/pull/1612, not in 0.34), and which turns an own property `__proto__`
 * into the prototype of the copy that it makes for a union.
 */
import type { TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

/** Fills a value in place, and returns it. It returns another value only in place of `undefined`. */
type FillPart = (value: unknown) => unknown;

/**
 * Fills a value in place, and returns it.
 *
 * @param maxCount how many values it may add: a few bytes that are sent may stand for many defaults
 * @throws {TooManyDefaults}
 */
export type Fill = (value: unknown, maxCount: number) => unknown;

export class TooManyDefaults extends Error {
  override readonly name = "TooManyDefaults";
}

/** The part of a schema that matters here. */
interface Part {
  readonly $id?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Part>>;
  readonly allOf?: readonly Part[];
  readonly anyOf?: readonly (Part & TSchema)[];
  readonly items?: Part | readonly Part[];
  readonly properties?: Readonly<Record<string, Part>>;
  readonly patternProperties?: Readonly<Record<string, Part>>;
  readonly additionalProperties?: boolean | Part;
  readonly default?: unknown;
}

/** The parts that others refer to by `$ref`, and how each of them is filled. */
interface Named extends Map<string, { schema: TSchema; fill: FillPart }> {
  /** How many values may still be added. */
  left: number;
}

const keep: FillPart = (value) => value;

/**
 * @param schema a schema that `toSentSchema` made, because the variant of a union is chosen before defaults are filled in
 * @returns undefined when the schema has no defaults
 */
export function createFill(schema: TSchema): Fill | undefined {
  if (!hasDefault(schema)) return undefined;
  const named: Named = Object.assign(new Map(), { left: 0 });
  const fill = toFill(schema, named);
  return (value, maxCount) => {
    named.left = maxCount;
    return fill(value);
  };
}

/** @returns a copy of the schema in which nothing that has a default is required */
export function toSentSchema<Schema>(schema: Schema): Schema {
  if (Array.isArray(schema)) return schema.map(toSentSchema) as Schema;
  if (!isObject(schema)) return schema;
  // Symbols are copied too, because TypeBox recognises its schemas by them.
  const copy = Object.fromEntries(
    Reflect.ownKeys(schema).map((key) => [key, toSentSchema(schema[key])]),
  );
  const { properties, required } = copy;
  if (isObject(properties) && Array.isArray(required)) {
    const left = (required as string[]).filter(
      (name) => !Object.hasOwn(properties[name] ?? {}, "default"),
    );
    if (left.length === 0) delete copy["required"];
    else copy["required"] = left;
  }
  return copy as Schema;
}

function toFill(part: Part, named: Named): FillPart {
  // The part is registered before its own parts are read, because these may refer to it.
  const own = { schema: part as TSchema, fill: keep };
  if (part.$id !== undefined) named.set(part.$id, own);
  for (const definition of Object.values(part.$defs ?? {}))
    toFill(definition, named);
  const fills = [
    toDefaultFill(part, named),
    toReferenceFill(part, named),
    ...(part.allOf ?? []).map((every) => toFill(every, named)),
    toVariantFill(part, named),
    toItemFill(part, named),
    toPropertyFill(part, named),
  ].filter((fill) => fill !== keep);
  if (fills.length > 0)
    own.fill = (value) => fills.reduce((filled, fill) => fill(filled), value);
  return own.fill;
}

function toDefaultFill(part: Part, named: Named): FillPart {
  if (!("default" in part)) return keep;
  const { default: initial } = part;
  const count = countValues(initial);
  return (value) => {
    if (value !== undefined) return value;
    named.left -= count;
    if (named.left < 0) throw new TooManyDefaults();
    return typeof initial === "function"
      ? (initial as () => unknown)()
      : structuredClone(initial);
  };
}

function toReferenceFill({ $ref }: Part, named: Named): FillPart {
  if ($ref === undefined) return keep;
  return (value) => named.get($ref)?.fill(value) ?? value;
}

function toVariantFill({ anyOf = [] }: Part, named: Named): FillPart {
  const variants = anyOf.map((schema) => ({
    schema,
    fill: toFill(schema, named),
  }));
  if (variants.every(({ fill }) => fill === keep)) return keep;
  return (value) => {
    const references = [...named.values()].map(({ schema }) => schema);
    const fitting = variants.find(({ schema }) =>
      Value.Check(schema, references, value),
    );
    return fitting === undefined ? value : fitting.fill(value);
  };
}

function toItemFill({ items = [] }: Part, named: Named): FillPart {
  const isTuple = Array.isArray(items);
  const fills = (isTuple ? (items as Part[]) : [items as Part]).map((item) =>
    toFill(item, named),
  );
  if (fills.every((fill) => fill === keep)) return keep;
  return (value) => {
    if (!Array.isArray(value)) return value;
    const list: unknown[] = value;
    for (const [index, item] of list.entries())
      list[index] = (fills[isTuple ? index : 0] ?? keep)(item);
    return list;
  };
}

function toPropertyFill(part: Part, named: Named): FillPart {
  const { properties = {}, patternProperties = {} } = part;
  const rest = part.additionalProperties;
  const fillRest = typeof rest === "object" ? toFill(rest, named) : keep;
  const known = Object.entries(properties).map(
    ([name, property]) => [name, toFill(property, named)] as const,
  );
  const patterns = Object.entries(patternProperties).map(
    ([pattern, property]) =>
      [new RegExp(pattern), toFill(property, named)] as const,
  );
  const fillings = known.filter(([, fill]) => fill !== keep);
  const hasOthers =
    fillRest !== keep || patterns.some(([, fill]) => fill !== keep);
  if (fillings.length === 0 && !hasOthers) return keep;
  return (value) => {
    if (!isObject(value) || Array.isArray(value)) return value;
    for (const [name, fill] of fillings) {
      const sent = Object.hasOwn(value, name) ? value[name] : undefined;
      const filled = fill(sent);
      if (filled !== sent) value[name] = filled;
    }
    if (!hasOthers) return value;
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(properties, name)) continue;
      const fill =
        patterns.find(([pattern]) => pattern.test(name))?.[1] ?? fillRest;
      value[name] = fill(value[name]);
    }
    return value;
  };
}

function hasDefault(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  return "default" in schema || Object.values(schema).some(hasDefault);
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}

function countValues(value: unknown): number {
  if (!isObject(value)) return 1;
  return Object.values(value).reduce<number>(
    (count, member) => count + countValues(member),
    1,
  );
}
