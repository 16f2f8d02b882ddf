/** Creates a key. */
import type { Scope } from "../../../access/caller.ts";
import { makeKey } from "../../../access/make-key.ts";
import { OperatorError, UsageError } from "../../../errors.ts";
import { describeExpiry, describePackages, toEntry } from "./describe.ts";
import type { OpenKeys } from "./open.ts";

const FIRST =
  "It is the first key here: from now on, every request needs a key.\n";

interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Undefined for all. */
  readonly packages: readonly string[] | undefined;
  /** How long the key is valid; Infinity for ever. */
  readonly expiresMs: number;
}

/**
 * @returns `out`: the key, for programs; `note`: what it is, for people
 * @throws {OperatorError} when the name is taken, or the key could not be limited as it should be
 */
export async function createKey(
  { name, scopes, packages, expiresMs }: NewKey,
  { keys, audit, uid, now }: OpenKeys,
): Promise<{ readonly out: string; readonly note: string }> {
  // An admin sees what every caller did, in all packages.
  if (packages !== undefined && scopes.includes("admin"))
    throw new UsageError(
      'A key with the scope "admin" may do everything: --packages cannot limit it.',
    );
  const expiresAt = expiresMs === Infinity ? null : now + expiresMs;
  const { key, token } = makeKey(
    { name, scopes, packages: packages ?? null, expiresAt },
    now,
  );
  const isFirst = (await keys.list()).length === 0;
  if (!(await keys.add(key)))
    throw new OperatorError(
      `A key named "${name}" already exists. Choose another name, or revoke that key first: actiond keys revoke ${name}.`,
    );
  audit?.record(toEntry("key.create", key, uid));
  return {
    out: `${token}\n`,
    note: `This is the key "${name}" (${key.id}). It is shown only now. Scopes: ${scopes.join(", ")}; packages: ${describePackages(key)}; expires: ${describeExpiry(key)}.\n${isFirst ? FIRST : ""}`,
  };
}
