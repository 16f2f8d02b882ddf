/** API keys as they are kept, and the ports to where they are kept. */
import type { Scope } from "./caller.ts";

/** Moments are milliseconds since 1970 UTC. */
export interface Key {
  /** `key_…`. Runs belong to an id, so none is used twice. */
  readonly id: string;
  /** The name by which people know the key, unique among the keys that are not revoked. */
  readonly name: string;
  /** The hash of its text in hex (see `hashToken`). The text itself is not kept. */
  readonly hash: string;
  readonly scopes: readonly Scope[];
  /** The packages whose actions it may run and read; null for all. */
  readonly packages: readonly string[] | null;
  readonly createdAt: number;
  /** Null when it never expires. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** Accurate to the minute. */
  readonly lastUsedAt: number | null;
}

/** The port through which a server reads the keys, which other processes may change. */
export interface KeyStore {
  /** @returns a number that is different after another process has changed the keys; cheap to call */
  version(): number;
  /** @returns all keys, oldest first, including revoked and expired ones */
  list(): Key[];
  recordUse(id: string, at: number): Promise<void>;
}

/** The port through which people change the keys. A change is on disk when the call returns. */
export interface KeyEditor extends Pick<KeyStore, "list"> {
  /** @returns false when another key already has the name */
  add(key: Key): boolean;
  /** @returns the key that was revoked; undefined when no active or expired key has this name or id */
  revoke(nameOrId: string, at: number): Key | undefined;
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
