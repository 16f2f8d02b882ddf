/** Gives a schema its place in the document: what it refers to becomes components, because `#` is the document there. */
import {
  eachPart,
  isObject,
  type JsonSchema,
  mapParts,
  type Steps,
} from "../../action/schema/parts.ts";

/** The schemas of `components`, by name. */
export class Components {
  readonly schemas: Record<string, unknown>;

  constructor(schemas: Readonly<Record<string, unknown>>) {
    this.schemas = { ...schemas };
  }

  /**
   * @param name of what may become a component, such as `GreetInput`
   * @param options.isNamed makes a component of the whole schema, so that generated types have this name
   * @returns the schema as it may stand in the document
   */
  lift(
    schema: JsonSchema,
    name: string,
    { isNamed = false }: { isNamed?: boolean } = {},
  ): JsonSchema {
    const { $id, $defs, definitions, ...rest } = schema;
    const parts = { ...toMap(definitions), ...toMap($defs) };
    const places = new Map<string, string>();
    const root = this.#free(name);
    for (const part of Object.keys(parts)) {
      const own = this.#free(`${root}${toPascal(part)}`);
      places.set(`#/$defs/${part}`, own).set(`#/definitions/${part}`, own);
      this.schemas[own] = {};
    }
    const anchors = findAnchors(schema);
    let isRootUsed = isNamed;
    const move = (reference: string): string => {
      const own =
        typeof $id === "string" ? reference.replace($id, "") : reference;
      const [, place = "", more = ""] =
        /^(#\/(?:\$defs|definitions)\/[^/]+)(.*)$/.exec(own) ?? [];
      const component = places.get(decodePlace(place));
      if (component !== undefined) return toReference(component) + more;
      if (!own.startsWith("#") && own !== "") return reference;
      isRootUsed = true;
      return toReference(root) + (anchors.get(own.slice(1)) ?? own.slice(1));
    };
    for (const [part, value] of Object.entries(parts)) {
      const own = places.get(`#/$defs/${part}`) as string;
      this.schemas[own] = rewrite(value, move);
    }
    const whole = rewrite(rest, move) as JsonSchema;
    if (!isRootUsed) return whole;
    this.schemas[root] = whole;
    return { $ref: toReference(root) };
  }

  #free(name: string): string {
    let free = name;
    for (let count = 2; Object.hasOwn(this.schemas, free); count += 1)
      free = `${name}${count}`;
    return free;
  }
}

/** @returns such as "GreetPerson" for "greet_person" */
export function toPascal(name: string): string {
  return name
    .split(/[^A-Za-z\d]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}

function rewrite(part: unknown, move: (reference: string) => string): unknown {
  if (!isObject(part)) return part;
  const copy = mapParts(part, (inner) => rewrite(inner, move));
  delete copy["$anchor"];
  delete copy["$schema"];
  // In an OpenAPI document this keyword is an object.
  if (typeof copy["discriminator"] !== "object") delete copy["discriminator"];
  const { $ref } = copy;
  return typeof $ref === "string" ? { ...copy, $ref: move($ref) } : copy;
}

/** @returns the pointers of the parts that are referred to by an anchor */
function findAnchors(schema: JsonSchema): ReadonlyMap<string, string> {
  const anchors = new Map<string, string>();
  eachPart(schema, ({ $anchor }, steps) => {
    if (typeof $anchor === "string") anchors.set($anchor, toPath(steps));
  });
  return anchors;
}

function toPath(steps: Steps): string {
  return steps
    .map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

/** A name in a reference may be escaped (RFC 6901 section 6). */
function decodePlace(place: string): string {
  return decodeURIComponent(place).replaceAll(
    /(?<=^#\/[^/]+\/.*)~[01]/g,
    (code) => (code === "~1" ? "/" : "~"),
  );
}

function toReference(component: string): string {
  return `#/components/schemas/${component}`;
}

function toMap(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}
