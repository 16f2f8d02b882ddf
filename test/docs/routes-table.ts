/** The operations of the API as a table in Markdown. */
import type { Operation } from "../../src/http/operation.ts";
import { toCode, toMarkdownTable } from "./markdown-table.ts";

const HEADINGS = ["Request", "Scope", "What it does"];
const NEEDS: Readonly<Record<string, string>> = {
  open: "no key",
  key: "any key",
};

/** Shows those that the API documentation shows. */
export function toRoutesTable(operations: readonly Operation<never>[]): string {
  const rows = operations
    .filter(({ tag }) => tag !== undefined)
    .map(({ method, path, need, summary }) => [
      toCode(`${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`),
      NEEDS[need] ?? toCode(need),
      summary,
    ]);
  return toMarkdownTable(HEADINGS, rows);
}
