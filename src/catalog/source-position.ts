/** A position in a source file, written so that editors and terminals can open it. */
import { existsSync, readFileSync } from "node:fs";

export interface SourcePosition {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** The export at this position, whose line is looked up when `line` is not known. */
  readonly exportName?: string;
}

/** @returns `file:line:column`, or as much of it as is known */
export function toSourcePosition({
  file,
  line,
  column,
  exportName,
}: SourcePosition): string {
  const known =
    line ??
    (exportName === undefined ? undefined : findExport(file, exportName));
  return [file, known, column].filter((part) => part !== undefined).join(":");
}

/** @returns the first line that matches, from 1 */
export function findLine(file: string, pattern: RegExp): number | undefined {
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, "utf8").split("\n");
  const index = lines.findIndex((line) => pattern.test(line));
  return index === -1 ? undefined : index + 1;
}

function findExport(file: string, name: string): number | undefined {
  // An export statement is preferred to a definition that is exported at the end of the file.
  const words = String.raw`(?<![\w$])${RegExp.escape(name)}(?![\w$])`;
  return (
    findLine(file, new RegExp(String.raw`\bexport\b.*${words}`)) ??
    findLine(file, new RegExp(words))
  );
}
