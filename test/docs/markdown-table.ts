/** Tables in Markdown as `bun fmt` leaves them: columns are as wide as their widest cell. */

export function toMarkdownTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = headings.map((heading, index) => {
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
  return [headings, rule, ...rows].map(toText).join("");
}

/** A bar would end the cell, in code as well. */
export function toCode(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}
