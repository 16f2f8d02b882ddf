/** What the fleet has to know of an action. */
import type { CatalogEntry } from "../../../catalog/catalog-entry.ts";
import type { FleetMembers } from "../write/changes.ts";

export interface ActionFacts {
  readonly package: string;
  readonly action: string;
  readonly address: string;
  /** Replicas that have the same one may run each other's runs. */
  readonly version: string;
  /** How many runs of each concurrency key may run at once; undefined where only slots limit them. */
  readonly concurrency: number | undefined;
  readonly isIsolated: boolean;
  /** How many runs may be queued; Infinity where the action sets no limit. */
  readonly maxQueued: number;
}

type Known = Pick<
  CatalogEntry,
  | "package"
  | "name"
  | "address"
  | "action"
  | "isolation"
  | "inputSchema"
  | "outputSchema"
>;

export function toFacts(entry: Known): ActionFacts {
  const { action } = entry;
  return {
    package: entry.package,
    action: entry.name,
    address: entry.address,
    version: toVersion(entry),
    concurrency:
      action.concurrency === Infinity ? undefined : action.concurrency,
    isIsolated: entry.isolation === "process",
    maxQueued: action.queue,
  };
}

/** @param key what the action's `concurrencyKey` returned; "" when it has none */
export function toMembers(
  { version, address, concurrency }: ActionFacts,
  { action }: Pick<CatalogEntry, "action">,
  key: string,
): FleetMembers {
  return {
    // A key may have what the database refuses in a text.
    lane: concurrency === undefined ? null : toHash(`${address}\n${key}`),
    retryLimit: action.onInterrupt === "retry" ? action.maxAttempts : 0,
    actionVersion: version,
  };
}

/** A hash of what a caller sees of the action, and of what decides about its runs; its code may differ. */
function toVersion({ address, action, isolation, ...entry }: Known): string {
  const { onInterrupt, maxAttempts, concurrency, queue, retries } = action;
  const { runTimeoutMs, startTimeoutMs } = action;
  const { inputSchema, outputSchema = null } = entry;
  const limits = [concurrency, queue, runTimeoutMs, startTimeoutMs].map(String);
  const options = { onInterrupt, maxAttempts, retries, isolation, limits };
  return toHash(JSON.stringify([address, inputSchema, outputSchema, options]));
}

function toHash(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
