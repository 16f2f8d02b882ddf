/** The tables of docs/performance.md, from what `bun run bench --out docs/performance` has measured last. */
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { type Cell, middle, toRows } from "../bench/figures.ts";
import { listTables, type Report } from "../bench/report.ts";

const FILE = join(import.meta.dir, "../../docs/performance/bench.json");
const NAMES = [
  "Goals",
  "Runs a second, 32 connections",
  "Runs a second, 128 connections",
  "Runs a second, 1 connection",
  "Garbage",
  "Flushes to the disk",
  "Accepted, run and called back",
  "Beside waiting callers",
  "Starting with kept runs",
  "Lists of kept runs",
  "Beside retention",
  "Memory",
  "Beside other servers and libraries",
] as const;

export function toBenchTables(): readonly {
  name: string;
  page: string;
  text: string;
}[] {
  const tables = listTables(JSON.parse(readFileSync(FILE, "utf8")) as Report);
  return NAMES.map((name) => {
    const rows = tables
      .filter((table) => table.name === name)
      .flatMap((table) => table.rows)
      .map(({ name: row, cells }) => ({
        name: row,
        cells: withoutSpread(cells),
      }));
    const text = rows.length === 0 ? "Not measured yet.\n" : toRows(rows);
    return { name: `bench: ${name}`, page: "performance.md", text };
  });
}

/** The page has medians; `bench.md` has how far they spread. */
function withoutSpread(
  cells: Readonly<Record<string, Cell>>,
): Record<string, Cell> {
  const medians = Object.entries(cells).map(([column, cell]) => [
    column,
    typeof cell === "object" ? middle(cell) : cell,
  ]);
  return Object.fromEntries(medians) as Record<string, Cell>;
}
