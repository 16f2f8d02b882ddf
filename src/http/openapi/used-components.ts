/** Leaves out of a document the components that nothing in it refers to, such as those of actions that a caller is not shown. */

/** Components by their kind, such as "schemas", and their name. */
export type ComponentMaps = Readonly<
  Record<string, Readonly<Record<string, unknown>>>
>;

const REFERENCE = /^#\/components\/([^/]+)\/([^/]+)/;

/**
 * @param paths what refers to components, which may refer to others
 * @returns the components that are referred to
 */
export function keepUsed(
  paths: unknown,
  components: ComponentMaps,
): ComponentMaps {
  const used = findUsed(paths, components);
  return Object.fromEntries(
    Object.entries(components).map(([kind, all]) => [
      kind,
      Object.fromEntries(
        Object.entries(all).filter(([name]) => used.has(`${kind}/${name}`)),
      ),
    ]),
  );
}

function findUsed(
  paths: unknown,
  components: ComponentMaps,
): ReadonlySet<string> {
  const used = new Set<string>();
  const waiting = [paths];
  while (waiting.length > 0) {
    const part = waiting.pop();
    if (typeof part !== "object" || part === null) continue;
    for (const inner of Object.values(part)) waiting.push(inner);
    const { $ref } = part as { $ref?: unknown };
    if (typeof $ref !== "string") continue;
    const [, kind = "", name = ""] = REFERENCE.exec($ref) ?? [];
    const place = `${kind}/${name}`;
    if (used.has(place)) continue;
    used.add(place);
    waiting.push(components[kind]?.[name]);
  }
  return used;
}
