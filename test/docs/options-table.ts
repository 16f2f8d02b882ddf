/** The options of a command as a table in Markdown. */
import {
  type Definition,
  describe,
  type OptionSet,
} from "../../src/cli/options/option.ts";
import { toCode, toMarkdownTable } from "./markdown-table.ts";

const HEADINGS = ["Option", "Variable", "Default", "What it does"];

export function toOptionsTable(options: OptionSet): string {
  const rows = Object.values(options)
    .filter(({ variable }) => variable !== undefined)
    .map(toRow);
  return toMarkdownTable(HEADINGS, rows);
}

function toRow(definition: Definition<unknown>): string[] {
  const cells = [definition.flags, definition.variable, definition.default];
  return [
    ...cells.map((text) => (text === undefined ? "" : toCode(text))),
    describe(definition).replaceAll("*", "\\*"),
  ];
}
