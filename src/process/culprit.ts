/** Finds the run or action whose code something came from, by its async context or else by the files in its stack. */
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import { currentTask } from "../execute/context.ts";

/** What is known of the run or action at fault, as fields of the log. It is empty when nothing is known. */
export interface Culprit {
  readonly run_id?: string;
  readonly action_id?: string;
  readonly package?: string;
  /** The action file in the stack. */
  readonly file?: string;
}

const FRAME = /^\s*at (?:.*? \()?(\/.+?):\d+:\d+\)?$/gm;

/** @returns the run whose code is running now, as far as that can be known */
export function currentCulprit(): Culprit | undefined {
  const task = currentTask();
  if (task === undefined) return undefined;
  return { run_id: task.id, action_id: task.entry.address };
}

/**
 * Bun does not tell the async context of a rejected promise, so its run cannot be known. The action is known if the file
 * holds only one; otherwise only the package is known.
 *
 * @param entries the actions it may have come from
 */
export function findCulprit(
  thrown: unknown,
  entries: readonly CatalogEntry[],
): Culprit {
  const current = currentCulprit();
  if (current !== undefined) return current;
  if (!(thrown instanceof Error)) return {};
  const frames = [...(thrown.stack ?? "").matchAll(FRAME)];
  for (const [, file = ""] of frames) {
    const found = findByFile(file, entries);
    if (found !== undefined) return { ...found, file };
  }
  return {};
}

function findByFile(
  file: string,
  entries: readonly CatalogEntry[],
): Culprit | undefined {
  const [first, second] = entries.filter((entry) => entry.file === file);
  if (first === undefined) return undefined;
  if (second !== undefined) return { package: first.package };
  return { action_id: first.address };
}
