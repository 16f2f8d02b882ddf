/** Which actions are served: patterns such as `greeter/*` or `add`, with commas between them. */

type Named = { readonly package: string; readonly name: string };

/** @returns whether an action is one of those; `_` and `-` are the same, and a pattern without `/` is of any package */
export function toFilter(patterns: string): (entry: Named) => boolean {
  const globs = patterns.split(",").map((pattern) => {
    const words = pattern.trim().replaceAll("_", "-").split("/");
    const name = words.pop() ?? "";
    const packageName = words.length === 0 ? "*" : words.join("/");
    return [new Bun.Glob(packageName), new Bun.Glob(name)] as const;
  });
  return (entry) =>
    globs.some(
      ([packageName, name]) =>
        packageName.match(entry.package) && name.match(entry.name),
    );
}
