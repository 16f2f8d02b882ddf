/** Cycles in a graph of imports. */

/**
 * @param imported what each file imports
 * @returns one path for each import that closes a cycle, from a file back to itself
 */
export function findCycles(
  imported: ReadonlyMap<string, readonly string[]>,
): string[][] {
  const cycles: string[][] = [];
  const finished = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    const start = way.indexOf(file);
    if (start !== -1) cycles.push([...way.slice(start), file]);
    if (start !== -1 || finished.has(file)) return;
    for (const next of imported.get(file) ?? []) visit(next, [...way, file]);
    finished.add(file);
  };
  for (const file of imported.keys()) visit(file, []);
  return cycles;
}
