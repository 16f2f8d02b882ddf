/** Actions as tools: how they are listed. */
import type { Tool } from "@modelcontextprotocol/server";
import type { Presentation } from "../../action/presentation.ts";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";

/** Whether the action is a tool, and not a prompt or a resource. */
export function isTool({ action }: CatalogEntry): boolean {
  const { kind = "action" } = action.presentation;
  return kind === "action" || kind === "query";
}

export function toTool(
  name: string,
  entry: CatalogEntry,
  era: "legacy" | "modern",
): Tool {
  const { presentation } = entry.action;
  return {
    name,
    ...toDisplay(entry),
    // Clients show it to the model, and some refuse a tool without one.
    description: entry.description ?? `Runs ${entry.address}.`,
    inputSchema: entry.inputSchema as Tool["inputSchema"],
    ...(entry.outputSchema === undefined
      ? {}
      : { outputSchema: entry.outputSchema }),
    annotations: toAnnotations(presentation),
    // Since 2026 the server decides which calls become tasks.
    ...(era === "legacy"
      ? { execution: { taskSupport: "optional" as const } }
      : {}),
  };
}

/** The members that people see: a title, and an icon where there is one. */
export function toDisplay({ action, exportName }: CatalogEntry) {
  const { title = toTitle(exportName), icon } = action.presentation;
  return { title, ...(icon === undefined ? {} : { icons: [{ src: icon }] }) };
}

function toAnnotations({
  kind,
  consequential,
}: Presentation): NonNullable<Tool["annotations"]> {
  if (kind === "query") return { readOnlyHint: true };
  if (consequential === undefined) return {};
  return { readOnlyHint: false, destructiveHint: consequential };
}

/** `writeReport` and `write_report` are shown as "Write report". */
function toTitle(exportName: string): string {
  const words = exportName
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/[_$]+/g, " ")
    .trim()
    .toLowerCase();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
