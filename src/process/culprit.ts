/** Whose code something came from: known by its async context, or else by the files in its stack. */
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import { currentTask } from "../execute/in-process.ts";

/** As fields of the log. Empty when nothing is known. */
export interface Origin {
  readonly run_id?: string;
  readonly action_id?: string;
  readonly package?: string;
  /** Where the stack goes through an action's code. */
  readonly file?: string;
}

const FRAME = /^\s*at (?:.*? \()?(\/.+?):\d+:\d+\)?$/gm;

/** @returns the run whose code is running now, as far as that can be known */
export function currentOrigin(): Origin | undefined {
  const task = currentTask();
  if (task === undefined) return undefined;
  return { run_id: task.id, action_id: task.entry.address };
}

/**
 * Of a rejected promise Bun tells no async context, so its run cannot be known: the action is, where only one is in
 * the file; else the package.
 *
 * @param entries the actions it may have come from
 */
export function findOrigin(
  thrown: unknown,
  entries: readonly CatalogEntry[],
): Origin {
  const current = currentOrigin();
  if (current !== undefined) return current;
  if (!(thrown instanceof Error)) return {};
  const frames = [...(thrown.stack ?? "").matchAll(FRAME)];
  for (const [, file = ""] of frames) {
    const origin = findByFile(file, entries);
    if (origin !== undefined) return { ...origin, file };
  }
  return {};
}

function findByFile(
  file: string,
  entries: readonly CatalogEntry[],
): Origin | undefined {
  const [first, second] = entries.filter((entry) => entry.file === file);
  if (first === undefined) return undefined;
  if (second !== undefined) return { package: first.package };
  return { action_id: first.address };
}
