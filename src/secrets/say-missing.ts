/** Says which actions need secrets that the server does not have: their callers have to send them. */
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import { ServerError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Vault } from "./vault.ts";

export function sayMissing(
  entries: readonly CatalogEntry[],
  vault: Pick<Vault, "find">,
  log: Log,
): void {
  const found = entries.flatMap((entry) => {
    const missing = findMissing(entry, vault);
    return missing.length === 0
      ? []
      : [`${entry.address} needs ${missing.join(", ")}`];
  });
  if (found.length > 0)
    log.info(
      `Some actions need secrets that this server does not have. Requests for them are refused unless they bring them: ${found.join("; ")}.`,
    );
}

function findMissing(
  entry: CatalogEntry,
  vault: Pick<Vault, "find">,
): readonly string[] {
  if (entry.action.secrets.length === 0) return [];
  try {
    return vault.find(entry, undefined).missing;
  } catch (error) {
    // It is there and cannot be read, which a request for the action is told.
    if (error instanceof ServerError) return [];
    throw error;
  }
}
