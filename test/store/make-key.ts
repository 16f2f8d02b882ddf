/** Keys as stores keep them. */
import type { Key } from "../../src/access/key.ts";

export function makeKey(members: Partial<Key> = {}): Key {
  return {
    id: "key_1",
    name: "ci",
    hash: "a hash",
    scopes: ["run", "read"],
    packages: ["greeter"],
    createdAt: 1,
    expiresAt: 2,
    revokedAt: null,
    lastUsedAt: null,
    ...members,
  };
}
