/** The tables in the docs are the ones that the sources make. */
import { expect, test } from "bun:test";
import { choice, list } from "../../src/cli/options/option.ts";
import { toOptionsTable } from "./options-table.ts";
import { findTable, pathOf, replaceTable, TABLES } from "./tables.ts";

test.each(TABLES.map((table) => [table.name, table] as const))(
  "the docs have the %s of this version, which `bun run docs` writes",
  async (_, table) => {
    const page = await Bun.file(pathOf(table)).text();
    expect(findTable(page, table)).toBe(table.text);
    expect(replaceTable(page, table)).toBe(page);
  },
);

test("a page without a place for its table is an error that names the comments", () => {
  const [table] = TABLES;
  expect(() => findTable("# Nothing", table as (typeof TABLES)[0])).toThrow(
    'docs/operations.md must have the lines "<!-- options -->" and "<!-- /options -->"',
  );
});

test("a row has the option, its variable, its default and what it does, and no bar ends a cell early", () => {
  const options = {
    level: choice("--level", ["low", "high"], {
      help: "Level",
      default: "low",
    }),
    hosts: list("--host <name>", {
      help: "A *.suffix",
      parse: (text) => [text],
    }),
  };
  expect(toOptionsTable(options).split("\n").slice(2)).toEqual([
    "| `--level <low\\|high>` | `ACTIOND_LEVEL` | `low`   | Level                        |",
    "| `--host <name>`       | `ACTIOND_HOST`  |         | A \\*.suffix; may be repeated |",
    "",
  ]);
});
