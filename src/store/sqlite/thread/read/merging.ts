/** How the newest of several groups are found, each of which is kept in order. */
import type { Row } from "../../hot-statement.ts";

/** @returns the one value that is asked for, or every value there is, each found from the one before */
export function* stepThrough(
  only: string | undefined,
  next: (after: string) => Row[],
): Iterable<string> {
  if (only !== undefined) {
    yield only;
    return;
  }
  let [row] = next("");
  while (row !== undefined) {
    const value = row[0] as string;
    yield value;
    [row] = next(value);
  }
}

/**
 * @param newest finds the newest `limit` of a group that are newer than `after`, newest first
 * @returns the newest `limit` of all groups, newest first
 */
export function mergeNewest<Group>(
  groups: Iterable<Group>,
  limit: number,
  newest: (group: Group, after: number) => number[],
): number[] {
  let found: number[] = [];
  for (const group of groups) {
    // Nothing that is older than what is there already is needed.
    const after = found.length < limit ? 0 : (found.at(-1) as number);
    const more = newest(group, after);
    if (more.length > 0)
      found = [...found, ...more]
        .toSorted((one, other) => other - one)
        .slice(0, limit);
  }
  return found;
}
