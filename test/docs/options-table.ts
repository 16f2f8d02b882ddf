/** The place of the table of options in docs/operations.md; run as a program (`bun run docs`), it writes the table. */
import { join } from "node:path";
import { serveOptions } from "../../src/cli/options/serve-options.ts";
import { toMarkdownTable } from "../../src/cli/options/table.ts";

export const OPERATIONS = join(
  import.meta.dir,
  "..",
  "..",
  "docs",
  "operations.md",
);
const BEGIN = "<!-- options -->\n\n";
const END = "\n<!-- /options -->";

/** @throws when the page does not have the two markers */
export function findTable(page: string): string {
  const [begin, end] = findPlace(page);
  return page.slice(begin, end);
}

function findPlace(page: string): [begin: number, end: number] {
  const marker = page.indexOf(BEGIN);
  // An empty place has one empty line, which belongs to both markers.
  const begin = marker + BEGIN.length;
  const end = page.indexOf(END, begin - 1);
  if (marker !== -1 && end !== -1) return [begin, end];
  throw new Error(
    `${OPERATIONS} must have the lines "${BEGIN.trim()}" and "${END.trim()}", with an empty line after the one and before the other.`,
  );
}

if (import.meta.main) {
  const page = await Bun.file(OPERATIONS).text();
  const [begin, end] = findPlace(page);
  const table = toMarkdownTable(serveOptions);
  await Bun.write(OPERATIONS, page.slice(0, begin) + table + page.slice(end));
}
