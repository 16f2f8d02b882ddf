/** Tables of text: columns that are two spaces apart. */

/** @param columns a heading, and what stands below it for each row */
export function toTable<Row>(
  columns: readonly (readonly [string, (row: Row) => string])[],
  rows: readonly Row[],
): string {
  const lines = [
    columns.map(([heading]) => heading),
    ...rows.map((row) => columns.map(([, toText]) => toOneLine(toText(row)))),
  ];
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((line) => Bun.stringWidth(line[index] ?? ""))),
  );
  const texts = lines.map((line) =>
    line
      .map((text, index) => pad(text, widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${texts.join("\n")}\n`;
}

/** What a server says must not move the cursor of a terminal. */
export function toOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim();
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - Bun.stringWidth(text)));
}
