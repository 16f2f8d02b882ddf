/** What was measured: values with their spread, in tables that people, programs and charts read. */
import { toMarkdownTable } from "../docs/markdown-table.ts";

/** Values of repeated measurements, or a single one. */
export type Cell = number | string | readonly number[];

export interface Table {
  readonly name: string;
  /** What was done, in a sentence or two. */
  readonly about: string;
  readonly rows: readonly {
    readonly name: string;
    readonly cells: Readonly<Record<string, Cell>>;
  }[];
  /** The column that is drawn, if one is. */
  readonly chart?: { readonly column: string; readonly title: string };
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return sorted[index] ?? Number.NaN;
}

/** The middle of a cell, for charts and ratios. */
export function middle(cell: Cell | undefined): number {
  if (typeof cell === "object") return median(cell);
  return typeof cell === "number" ? cell : Number.NaN;
}

/** Large values without a fraction, small ones with three digits; the spread of repeated ones in brackets. */
export function toText(cell: Cell): string {
  if (typeof cell === "string") return cell;
  if (typeof cell === "number") return round(cell);
  const [low, high] = [Math.min(...cell), Math.max(...cell)].map(round);
  return low === high
    ? round(median(cell))
    : `${round(median(cell))} (${low}–${high})`;
}

function round(value: number): string {
  const text = value >= 100 ? value.toFixed(0) : value.toPrecision(3);
  return Number(text).toLocaleString("en-US", { maximumSignificantDigits: 9 });
}

export function toMarkdown({ name, about, rows }: Table): string {
  return `## ${name}\n\n${about}\n\n${toRows(rows)}`;
}

export function toRows(rows: Table["rows"]): string {
  const columns = [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))];
  return toMarkdownTable(
    ["", ...columns],
    rows.map(({ name, cells }) => [
      name,
      ...columns.map((column) => toText(cells[column] ?? "")),
    ]),
  );
}
