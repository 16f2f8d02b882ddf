/** Reads from a folder of action files which actions there are. */
import { loadCatalog } from "../catalog/catalog.ts";
import { provideSdk } from "../catalog/sdk-module.ts";
import type { DescribedAction } from "./described-action.ts";

/** @throws {CatalogError} the folder cannot be served */
export async function readFolder(folder: string): Promise<DescribedAction[]> {
  provideSdk();
  using catalog = await loadCatalog({ folder });
  return catalog.list().map((entry) => ({
    package: entry.package,
    action: entry.name,
    description: entry.description ?? "",
    inputSchema: entry.inputSchema,
    outputSchema: entry.outputSchema ?? null,
  }));
}
