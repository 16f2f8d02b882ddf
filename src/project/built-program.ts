/** Writes the program of an executable that has actions inside. */
import { findActionFiles } from "../catalog/action-files.ts";
import { readSources } from "../catalog/reload/sources.ts";
import { relative } from "node:path";

/**
 * @param folder the actions folder, an absolute path
 * @returns the text of a file in `src` that is compiled in place of `main.ts`
 * @throws {CatalogError} the folder cannot be read
 */
export function makeBuiltProgram(folder: string): string {
  const files = findActionFiles(folder).map(
    ({ file, packageName }) =>
      `    { file: ${JSON.stringify(relative(folder, file))}, packageName: ${JSON.stringify(packageName)}, load: () => import(${JSON.stringify(file)}) },\n`,
  );
  return `import { embedActions } from "./catalog/embedded.ts";

embedActions({
  version: ${JSON.stringify(readSources(folder).version)},
  files: [
${files.join("")}  ],
});
await import("./main.ts");
`;
}
