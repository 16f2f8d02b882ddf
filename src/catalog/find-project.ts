/** Finds the project that an actions folder belongs to. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

const MARKS = ["package.json", "tsconfig.json", "node_modules"];

/** @returns the nearest folder, from this one upwards, that has packages or settings; `otherwise` if no folder has */
export function findProject(
  folder: string,
  otherwise: string = dirname(folder),
): string {
  for (let path = folder; ; path = dirname(path)) {
    if (MARKS.some((name) => existsSync(join(path, name)))) return path;
    if (path === dirname(path)) return otherwise;
  }
}
