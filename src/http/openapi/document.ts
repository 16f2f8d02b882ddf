/** The OpenAPI document as one caller may see it. */
import { type Caller, mayUse } from "../../access/caller.ts";

type Operation = Readonly<{ security?: unknown; responses?: object }>;
export type Document = Readonly<{
  security?: unknown;
  components?: Readonly<Record<string, unknown>>;
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}>;

/** The path of running an action. */
const RUN = /^\/api\/actions\/([^/]+)\/[^/]+\/run$/;
const SECURITY = [{ bearer: [] }, { apiKey: [] }];
const REFUSALS = {
  401: { $ref: "#/components/responses/Unauthorized" },
  403: { $ref: "#/components/responses/Forbidden" },
};

/**
 * @param options.needsKey whether requests need a key
 * @returns the document without the actions that this caller may not run
 */
export function toVisible(
  document: Document,
  { caller, needsKey }: { caller: Caller; needsKey: boolean },
): Document {
  const paths = Object.entries(document.paths).filter(([path]) => {
    const packageName = RUN.exec(path)?.[1];
    return packageName === undefined || mayUse(caller, packageName);
  });
  if (!needsKey)
    return withoutKeys({ ...document, paths: Object.fromEntries(paths) });
  const guarded = paths.map(([path, operations]) => [
    path,
    mapValues(operations, toGuarded),
  ]);
  return {
    ...document,
    security: SECURITY,
    paths: Object.fromEntries(guarded),
  };
}

/** Where no key is needed, no page shall ask for one. */
function withoutKeys(document: Document): Document {
  const { securitySchemes: _, ...components } = document.components ?? {};
  return { ...document, components };
}

/** But for operations that say themselves that they need no key. */
function toGuarded(operation: Operation): Operation {
  if (operation.security !== undefined) return operation;
  return { ...operation, responses: { ...operation.responses, ...REFUSALS } };
}

function mapValues<Value>(
  object: Readonly<Record<string, Value>>,
  map: (value: Value) => Value,
): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, map(value)]),
  );
}
