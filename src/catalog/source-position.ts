/** A position in a source file, written so that editors and terminals can open it. */
import { readFileSync } from "node:fs";

export interface SourcePosition {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** The export at this position, whose line is looked up when `line` is not known. */
  readonly exportName?: string;
}

/** @returns `file:line:column`, or as much of it as is known */
export function toSourcePosition(position: SourcePosition): string {
  const { file, column } = position;
  return [file, lineOf(position), column]
    .filter((part) => part !== undefined)
    .join(":");
}

/** @returns undefined when the line is not known */
export function lineOf({
  file,
  line,
  exportName,
}: SourcePosition): number | undefined {
  if (line !== undefined || exportName === undefined) return line;
  return findExport(file, exportName);
}

/** @returns the first line that matches, from 1; undefined also when the file cannot be read */
export function findLine(file: string, pattern: RegExp): number | undefined {
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    const index = lines.findIndex((line) => pattern.test(line));
    return index === -1 ? undefined : index + 1;
  } catch {
    return undefined;
  }
}

function findExport(file: string, name: string): number | undefined {
  // An export statement is preferred to a definition that is exported at the end of the file.
  const words = String.raw`(?<![\w$])${RegExp.escape(name)}(?![\w$])`;
  return (
    findLine(file, new RegExp(String.raw`\bexport\b.*${words}`)) ??
    findLine(file, new RegExp(words))
  );
}
