/** Makes keys, for the command line and for requests alike. */
import { randomBytes } from "node:crypto";
import type { Scope } from "./caller.ts";
import { ID_PREFIX, type Key } from "./key.ts";
import { hashToken, makeToken } from "./token.ts";

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Null for all. */
  readonly packages: readonly string[] | null;
  /** Milliseconds since 1970 UTC; null: never. */
  readonly expiresAt: number | null;
}

export const NAME = /^(?!key_)[\w.-]{1,64}$/;
export const PACKAGE = /^[a-z\d]+(?:-[a-z\d]+)*$/;

/** What a name of a key must be, as the end of a sentence that begins with what it is. */
export const NAME_FORM =
  'must be 1 to 64 letters, digits, "-", "_" and ".", and must not begin with "key_".';

export function isKeyName(text: string): boolean {
  return NAME.test(text);
}

export function isPackageName(text: string): boolean {
  return PACKAGE.test(text);
}

/** @returns the key as it is kept, and its text, which is kept nowhere */
export function makeKey(
  members: NewKey,
  now: number,
): { readonly key: Key; readonly token: string } {
  const token = makeToken();
  const key: Key = {
    id: `${ID_PREFIX}${randomBytes(8).toString("hex")}`,
    ...members,
    hash: hashToken(token),
    createdAt: now,
    revokedAt: null,
    lastUsedAt: null,
  };
  return { key, token };
}
