/** Describes `POST …/run` of one action for the API documentation. */
import type { DocumentDecoration } from "elysia";
import type { CatalogEntry } from "../action/catalog.ts";

/** @returns the OpenAPI operation of running this action */
export function describeRun(entry: CatalogEntry): DocumentDecoration {
  return {
    summary: entry.address,
    description: entry.description ?? "",
    tags: [entry.package],
    operationId: `run ${entry.address}`,
  };
}
