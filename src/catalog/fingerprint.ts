/** Makes a fingerprint of a catalog, which changes with everything that callers see of the catalog. */
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
