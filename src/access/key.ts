/** Keys as they are kept, and the port through which they are. */
import type { Scope } from "./caller.ts";

/** Moments are milliseconds since 1970 UTC. */
export interface Key {
  /** `key_…`: runs belong to it, so it is never used again. */
  readonly id: string;
  /** As people know it: no other key that is not revoked has it. */
  readonly name: string;
  /** Of its text, which is kept nowhere: see `hashToken`. In hex. */
  readonly hash: string;
  readonly scopes: readonly Scope[];
  /** The packages it may run and read; null for all. */
  readonly packages: readonly string[] | null;
  readonly createdAt: number;
  /** Null: never. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** To the minute. */
  readonly lastUsedAt: number | null;
}

/** The port through which people change the keys. Every change is on disk when it resolves. */
export interface KeyEditor {
  /** All keys, oldest first, revoked and expired ones included. */
  list(): Promise<Key[]>;
  /** @returns false when another key has the name */
  add(key: Key): Promise<boolean>;
  /** @returns the key that was revoked; undefined when no key that is still good has this name or id */
  revoke(nameOrId: string, at: number): Promise<Key | undefined>;
}

/** The port through which a server knows the keys, while others may change them. Every member is asynchronous. */
export interface KeyStore extends KeyEditor {
  /** Calls `listener` soon after somebody else has changed the keys, until what it returns is disposed of. */
  onChange(listener: () => void): Disposable;
  recordUse(id: string, at: number): Promise<void>;
}

export const ID_PREFIX = "key_";

export type KeyState = "active" | "expired" | "revoked";

export function stateOf(
  { revokedAt, expiresAt }: Pick<Key, "revokedAt" | "expiresAt">,
  now: number,
): KeyState {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && expiresAt <= now ? "expired" : "active";
}
