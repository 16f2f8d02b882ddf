/** Guesses the addresses of the actions in a folder from the names of exports, without running any of its code. */
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { findActionFiles } from "../../catalog/action-files.ts";
import { toAddressWord } from "../../catalog/address.ts";

/** @returns nothing when the folder cannot be read */
export function findAddresses(folder: string): string[] {
  try {
    return findActionFiles(folder).flatMap(({ file, packageName }) =>
      listExports(file).map(
        (name) => `${toAddressWord(packageName)}/${toAddressWord(name)}`,
      ),
    );
  } catch {
    return [];
  }
}

function listExports(file: string): string[] {
  const loader = extname(file).endsWith("x") ? "tsx" : "ts";
  try {
    return new Bun.Transpiler({ loader }).scan(readFileSync(file, "utf8"))
      .exports;
  } catch {
    return [];
  }
}
