/** The options of a command as a table in Markdown, for the docs. */
import { type Definition, describe, type OptionSet } from "./option.ts";

const HEADINGS = ["Option", "Variable", "Default", "What it does"];

/** @returns lines as `bun fmt` leaves them: columns are as wide as their widest cell */
export function toMarkdownTable(options: OptionSet): string {
  const rows = Object.values(options)
    .filter(({ variable }) => variable !== undefined)
    .map(toRow);
  const widths = HEADINGS.map((heading, index) => {
    const cells = [heading, ...rows.map((row) => row[index] ?? "")];
    return Math.max(...cells.map((cell) => Bun.stringWidth(cell)));
  });
  const toText = (cells: readonly string[]) => {
    const padded = cells.map((cell, index) => {
      const missing = (widths[index] ?? 0) - Bun.stringWidth(cell);
      return cell + " ".repeat(missing);
    });
    return `| ${padded.join(" | ")} |\n`;
  };
  const rule = widths.map((width) => "-".repeat(width));
  return [HEADINGS, rule, ...rows].map(toText).join("");
}

function toRow(definition: Definition<unknown>): string[] {
  const cells = [definition.flags, definition.variable, definition.default];
  return [
    ...cells.map((text) => (text === undefined ? "" : toCode(text))),
    describe(definition).replaceAll("*", "\\*"),
  ];
}

/** A bar would end the cell, in code as well. */
function toCode(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}
