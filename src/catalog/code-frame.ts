/** The lines of a file around a position, as terminals show them. */
import { readFileSync } from "node:fs";
import { lineOf, type SourcePosition } from "./source-position.ts";

const LINES_BEFORE = 2;
const LINES_AFTER = 1;
const MAX_WIDTH = 160;

/** @returns undefined when the line is not known or the file cannot be read */
export function toCodeFrame(position: SourcePosition): string | undefined {
  const { file, column } = position;
  const line = lineOf(position);
  if (line === undefined) return undefined;
  const lines = readLines(file);
  if (lines?.[line - 1] === undefined) return undefined;
  const first = Math.max(1, line - LINES_BEFORE);
  const last = Math.min(lines.length, line + LINES_AFTER);
  const width = String(last).length;
  const shown: string[] = [];
  for (let number = first; number <= last; number += 1) {
    const text = (lines[number - 1] ?? "").slice(0, MAX_WIDTH);
    const mark = number === line ? ">" : " ";
    shown.push(`${mark} ${String(number).padStart(width)} | ${text}`.trimEnd());
    if (number === line && column !== undefined && column <= MAX_WIDTH)
      shown.push(`  ${" ".repeat(width)} | ${toIndent(text, column)}^`);
  }
  return shown.join("\n");
}

/** Keeps the tabs of the line, so that the mark stands under its column. */
function toIndent(text: string, column: number): string {
  return text.slice(0, column - 1).replaceAll(/[^\t]/g, " ");
}

function readLines(file: string): string[] | undefined {
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    if (lines.at(-1) === "") lines.pop();
    return lines;
  } catch {
    return undefined;
  }
}
