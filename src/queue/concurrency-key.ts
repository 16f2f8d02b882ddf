/** Calls the `concurrencyKey` of an action, which is user code and may fail. */
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import { ServerError } from "../errors.ts";

const MAX_LENGTH = 1000;

/**
 * @param input the checked input
 * @returns the key; "" when the action has no keys
 * @throws {ServerError} `concurrency_key_failed` when the function throws or returns something that is not a key
 */
export function concurrencyKeyOf(entry: CatalogEntry, input: unknown): string {
  const { concurrencyKey } = entry.action;
  if (concurrencyKey === undefined) return "";
  const key = call(entry, concurrencyKey, input);
  if (typeof key !== "string")
    throw keyFailed(entry, `must return a string, not ${nameOf(key)}`);
  if (key.length > MAX_LENGTH)
    throw keyFailed(
      entry,
      `returned ${key.length} characters, but a key may have at most ${MAX_LENGTH}`,
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
  return value === null || value === undefined
    ? String(value)
    : `a value of type ${typeof value}`;
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
