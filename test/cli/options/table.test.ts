/** The table of options in the docs is the one that the definitions make. */
import { expect, test } from "bun:test";
import { serveOptions } from "../../../src/cli/options/serve-options.ts";
import { toMarkdownTable } from "../../../src/cli/options/table.ts";
import { choice, list } from "../../../src/cli/options/option.ts";
import { findTable, OPERATIONS } from "../../docs/options-table.ts";

test("docs/operations.md has the options of this version: `bun run docs` writes them", async () => {
  const page = await Bun.file(OPERATIONS).text();
  expect(findTable(page)).toBe(toMarkdownTable(serveOptions));
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
  expect(toMarkdownTable(options).split("\n").slice(2)).toEqual([
    "| `--level <low\\|high>` | `ACTIOND_LEVEL` | `low`   | Level                        |",
    "| `--host <name>`       | `ACTIOND_HOST`  |         | A \\*.suffix; may be repeated |",
    "",
  ]);
});
