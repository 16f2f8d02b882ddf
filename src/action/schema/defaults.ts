/**
 * Fills the defaults of a schema into an input. Ajv's own filling stops at unions, and TypeBox's takes 2^n steps for n
 * levels of nesting.
 */
import { isObject, type JsonSchema, type Steps } from "./parts.ts";

/** Fills a value in place, and returns it. It returns another value only in place of `undefined`. */
type FillPart = (value: unknown, room: Room) => unknown;

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

/** Whether a value matches a part of the schema, before its defaults are filled in. */
type CheckOf = (steps: Steps) => (value: unknown) => boolean;

/** How many values may still be added. */
interface Room {
  left: number;
}

interface Plan {
  readonly root: JsonSchema;
  readonly checkOf: CheckOf;
  /** The parts that others refer to, by their references. */
  readonly named: Map<string, { fill: FillPart }>;
}

const keep: FillPart = (value) => value;

/**
 * @param schema a schema that `toSentSchema` made, because the variant of a union is chosen before defaults are filled in
 * @param checkOf the checks of its parts
 * @returns undefined when the schema has no defaults
 */
export function createFill(
  schema: JsonSchema,
  checkOf: CheckOf,
): Fill | undefined {
  if (!hasDefault(schema)) return undefined;
  const plan = { root: schema, checkOf, named: new Map() };
  const fill = toFill(schema, [], plan);
  return (value, maxCount) => fill(value, { left: maxCount });
}

function toFill(part: unknown, steps: Steps, plan: Plan): FillPart {
  if (!isObject(part)) return keep;
  const fills = [
    toDefaultFill(part),
    toReferenceFill(part, plan),
    ...listOf(part, "allOf").map((every, index) =>
      toFill(every, [...steps, "allOf", String(index)], plan),
    ),
    toVariantFill(part, "anyOf", { steps, plan }),
    toVariantFill(part, "oneOf", { steps, plan }),
    toItemFill(part, steps, plan),
    toPropertyFill(part, steps, plan),
  ].filter((fill) => fill !== keep);
  if (fills.length === 0) return keep;
  return (value, room) =>
    fills.reduce((filled, fill) => fill(filled, room), value);
}

function toDefaultFill(part: JsonSchema): FillPart {
  if (!Object.hasOwn(part, "default")) return keep;
  const { default: initial } = part;
  const count = countValues(initial);
  return (value, room) => {
    if (value !== undefined) return value;
    room.left -= count;
    if (room.left < 0) throw new TooManyDefaults();
    return typeof initial === "function"
      ? (initial as () => unknown)()
      : structuredClone(initial);
  };
}

function toReferenceFill({ $ref }: JsonSchema, plan: Plan): FillPart {
  if (typeof $ref !== "string") return keep;
  const steps = toSteps($ref);
  const target = steps && findPart(plan.root, steps);
  if (steps === undefined || target === undefined) return keep;
  let own = plan.named.get($ref);
  if (own === undefined) {
    // It is known before its own parts are read, because these may refer to it.
    own = { fill: keep };
    plan.named.set($ref, own);
    own.fill = toFill(target, steps, plan);
  }
  const named = own;
  return (value, room) => named.fill(value, room);
}

function toVariantFill(
  part: JsonSchema,
  keyword: "anyOf" | "oneOf",
  { steps, plan }: { steps: Steps; plan: Plan },
): FillPart {
  const variants = listOf(part, keyword).map((variant, index) => {
    const own = [...steps, keyword, String(index)];
    return { own, fill: toFill(variant, own, plan) };
  });
  if (variants.every(({ fill }) => fill === keep)) return keep;
  const checked = variants.map(({ own, fill }) => ({
    fits: plan.checkOf(own),
    fill,
  }));
  return (value, room) => {
    const fitting = checked.find(({ fits }) => fits(value));
    return fitting === undefined ? value : fitting.fill(value, room);
  };
}

function toItemFill(part: JsonSchema, steps: Steps, plan: Plan): FillPart {
  const first = listOf(part, "prefixItems").map((item, index) =>
    toFill(item, [...steps, "prefixItems", String(index)], plan),
  );
  const others = toFill(part["items"], [...steps, "items"], plan);
  if (others === keep && first.every((fill) => fill === keep)) return keep;
  return (value, room) => {
    if (!Array.isArray(value)) return value;
    const list: unknown[] = value;
    for (const [index, item] of list.entries())
      list[index] = (first[index] ?? others)(item, room);
    return list;
  };
}

function toPropertyFill(part: JsonSchema, steps: Steps, plan: Plan): FillPart {
  const known = fillsOf(part, "properties", { steps, plan });
  const patterns = fillsOf(part, "patternProperties", { steps, plan }).map(
    ([pattern, fill]) => [toRegExp(pattern), fill] as const,
  );
  const own = [...steps, "additionalProperties"];
  const fillRest = toFill(part["additionalProperties"], own, plan);
  const names = new Set(known.map(([name]) => name));
  const fillings = known.filter(([, fill]) => fill !== keep);
  const hasOthers =
    fillRest !== keep || patterns.some(([, fill]) => fill !== keep);
  if (fillings.length === 0 && !hasOthers) return keep;
  return (value, room) => {
    if (!isObject(value)) return value;
    for (const [name, fill] of fillings) {
      const sent = Object.hasOwn(value, name) ? value[name] : undefined;
      const filled = fill(sent, room);
      if (filled !== sent) value[name] = filled;
    }
    if (!hasOthers) return value;
    for (const name of Object.keys(value)) {
      if (names.has(name)) continue;
      const fill =
        patterns.find(([pattern]) => pattern.test(name))?.[1] ?? fillRest;
      if (fill !== keep) value[name] = fill(value[name], room);
    }
    return value;
  };
}

function fillsOf(
  part: JsonSchema,
  keyword: "properties" | "patternProperties",
  { steps, plan }: { steps: Steps; plan: Plan },
) {
  const map = part[keyword];
  return Object.entries(isObject(map) ? map : {}).map(
    ([name, property]) =>
      [name, toFill(property, [...steps, keyword, name], plan)] as const,
  );
}

function toRegExp(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return new RegExp(pattern);
  }
}

function listOf(part: JsonSchema, keyword: string): readonly unknown[] {
  const list = part[keyword];
  return Array.isArray(list) ? list : [];
}

/** @returns undefined for a reference to another document, or to an anchor */
function toSteps(reference: string): Steps | undefined {
  if (reference === "#") return [];
  if (!reference.startsWith("#/")) return undefined;
  return reference
    .slice(2)
    .split("/")
    .map((step) =>
      decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"),
    );
}

function findPart(root: JsonSchema, steps: Steps): unknown {
  return steps.reduce<unknown>(
    (part, step) =>
      typeof part === "object" && part !== null && Object.hasOwn(part, step)
        ? (part as Record<string, unknown>)[step]
        : undefined,
    root,
  );
}

function hasDefault(schema: unknown): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  return "default" in schema || Object.values(schema).some(hasDefault);
}

function countValues(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>(
    (count, member) => count + countValues(member),
    1,
  );
}
