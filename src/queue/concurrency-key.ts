/** Asks an action what its run shares with others: `concurrencyKey` is user code, which may fail. */
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import { ServerError } from "../errors.ts";

const MAX_LENGTH = 1000;

/**
 * @param input checked
 * @returns "" where the action has no keys
 * @throws {ServerError} `concurrency_key_failed` when it throws, or answers something that is no key
 */
export function concurrencyKeyOf(entry: CatalogEntry, input: unknown): string {
  const { concurrencyKey } = entry.action;
  if (concurrencyKey === undefined) return "";
  const key = call(entry, concurrencyKey, input);
  if (typeof key !== "string")
    throw keyFailed(entry, `must answer a string, not ${nameOf(key)}`);
  if (key.length > MAX_LENGTH)
    throw keyFailed(
      entry,
      `answered ${key.length} characters, more than the ${MAX_LENGTH} a key may have`,
    );
  return key;
}

function call(
  entry: CatalogEntry,
  concurrencyKey: (input: unknown) => unknown,
  input: unknown,
): unknown {
  try {
    return concurrencyKey(input);
  } catch (error) {
    const name = error instanceof Error ? error.name : typeof error;
    throw keyFailed(entry, `threw (${name})`, error);
  }
}

function nameOf(value: unknown): string {
  if (value instanceof Promise) return "a promise";
  return value === null ? "null" : typeof value;
}

function keyFailed(
  { address }: CatalogEntry,
  what: string,
  cause?: unknown,
): ServerError {
  return new ServerError(
    "concurrency_key_failed",
    `The concurrencyKey of ${address} ${what}.`,
    { cause },
  );
}
