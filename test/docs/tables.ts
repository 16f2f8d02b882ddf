/** The tables in the docs that are made from the sources, and where they stand: between two comments in a page. */
import { join } from "node:path";
import { serveOptions } from "../../src/cli/options/groups/serve-options.ts";
import { OPERATIONS } from "../../src/http/operations.ts";
import { toBenchTables } from "./bench-tables.ts";
import { toOptionsTable } from "./options-table.ts";
import { toRoutesTable } from "./routes-table.ts";

interface Table {
  /** The name in its comments: `<!-- options -->` and `<!-- /options -->`. */
  readonly name: string;
  /** The name of the page in `docs/`. */
  readonly page: string;
  readonly text: string;
}

export const TABLES: readonly Table[] = [
  {
    name: "options",
    page: "operations.md",
    text: toOptionsTable(serveOptions),
  },
  { name: "routes", page: "calling.md", text: toRoutesTable(OPERATIONS) },
  ...toBenchTables(),
];

export function pathOf({ page }: Table): string {
  return join(import.meta.dir, "../../docs", page);
}

/** @throws when the page does not have the two comments */
export function findTable(page: string, table: Table): string {
  const [begin, end] = findPlace(page, table);
  return page.slice(begin, end);
}

/** @throws when the page does not have the two comments */
export function replaceTable(page: string, table: Table): string {
  const [begin, end] = findPlace(page, table);
  return page.slice(0, begin) + table.text + page.slice(end);
}

function findPlace(
  text: string,
  { name, page }: Table,
): [begin: number, end: number] {
  const first = `<!-- ${name} -->\n\n`;
  const last = `\n<!-- /${name} -->`;
  const found = text.indexOf(first);
  // An empty place has one empty line, which belongs to both comments.
  const begin = found + first.length;
  const end = text.indexOf(last, begin - 1);
  if (found !== -1 && end !== -1) return [begin, end];
  throw new Error(
    `docs/${page} must have the lines "${first.trim()}" and "${last.trim()}", with an empty line after the one and before the other.`,
  );
}
