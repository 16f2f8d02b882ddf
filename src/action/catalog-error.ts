/** What is wrong with a folder of actions, said so that it can be mended. */
import { readFileSync } from "node:fs";

export interface CatalogProblem {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** The export it is about: its line is looked up when none is given. */
  readonly exportName?: string;
  readonly reason: string;
}

const EXAMPLE = `
  import { action, t } from "actiond";

  export const greet = action({
    input: t.Object({ name: t.String() }),
    run: ({ name }) => \`Hello \${name}.\`,
  });
`;

/** The folder cannot be served. The message names file, line and reason of everything that is wrong. */
export class CatalogError extends Error {
  override readonly name = "CatalogError";

  static of(problems: readonly CatalogProblem[]): CatalogError {
    return new CatalogError(
      `The actions cannot be served:\n${problems.map((problem) => `  ${toPlace(problem)}: ${problem.reason}`).join("\n")}`,
    );
  }

  static empty(folder: string): CatalogError {
    return new CatalogError(
      `There is no action in ${folder}. Write one, such as this in ${folder}/greeter.ts:\n${EXAMPLE}`,
    );
  }

  static unreadable(folder: string, cause: unknown): CatalogError {
    const isMissing = (cause as { code?: unknown }).code === "ENOENT";
    return new CatalogError(
      isMissing
        ? `The actions folder ${folder} does not exist. Name yours with --actions, or make it and write ${folder}/greeter.ts:\n${EXAMPLE}`
        : `The actions folder ${folder} cannot be read: ${(cause as Error).message}.`,
      { cause },
    );
  }
}

function toPlace({ file, line, column, exportName }: CatalogProblem): string {
  const found = line ?? (exportName && findExport(file, exportName));
  if (!found) return file;
  return column === undefined
    ? `${file}:${found}`
    : `${file}:${found}:${column}`;
}

function findExport(file: string, name: string): number | undefined {
  const isExport = new RegExp(
    String.raw`\bexport\b.*\b${RegExp.escape(name)}\b`,
  );
  const index = readFileSync(file, "utf8")
    .split("\n")
    .findIndex((line) => isExport.test(line));
  return index === -1 ? undefined : index + 1;
}
