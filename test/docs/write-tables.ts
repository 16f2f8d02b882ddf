/** Writes the generated tables into the docs: `bun run docs`. */
import { pathOf, replaceTable, TABLES } from "./tables.ts";

for (const table of TABLES) {
  const page = await Bun.file(pathOf(table)).text();
  await Bun.write(pathOf(table), replaceTable(page, table));
}
