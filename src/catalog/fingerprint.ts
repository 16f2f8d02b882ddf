/** Tells two catalogs apart by what callers see of them. */
import type { Catalog } from "./catalog.ts";

/** @returns the same text for catalogs whose actions have the same addresses, schemas and isolation */
export function hashCatalog(catalog: Catalog): string {
  const actions = catalog
    .list()
    .map(({ address, inputSchema, outputSchema, isolation }) => [
      address,
      inputSchema,
      outputSchema,
      isolation,
    ]);
  return new Bun.CryptoHasher("sha256")
    .update(JSON.stringify(actions))
    .digest("hex");
}
