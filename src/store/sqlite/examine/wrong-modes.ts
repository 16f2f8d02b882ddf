/** Finds what others than its owner could read or change in a data folder. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const FOR_OTHERS = 0o077;

/** @returns a sentence for each file or folder whose mode or owner is wrong */
export function findWrongModes(folder: string): string[] {
  const names = readdirSync(folder).filter((name) =>
    name.startsWith("actiond."),
  );
  const owner = statSync(join(folder, "actiond.db")).uid;
  return [folder, ...names.map((name) => join(folder, name))].flatMap((path) =>
    Array.from(mistakesOf(path, owner)),
  );
}

function* mistakesOf(path: string, owner: number): Generator<string> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  const { mode, uid } = found;
  if ((mode & FOR_OTHERS) !== 0)
    yield `${path} has mode ${(mode & 0o777).toString(8)}: others than its owner may use it. It should be ${found.isDirectory() ? "700" : "600"}.`;
  if (uid !== owner)
    yield `${path} belongs to user ${uid}, and the database to user ${owner}.`;
}
