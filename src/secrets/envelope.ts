/**
 * The form in which clients of Sema4.ai's Action Server send contexts and secrets: base64 of a JSON object, which is the
 * data itself or holds it encrypted with AES-256-GCM.
 */
import { createDecipheriv } from "node:crypto";
import { ServerError } from "../errors.ts";
import type { DecryptKeys } from "./decrypt-keys.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

interface Sealed {
  readonly cipher: string;
  readonly algorithm: string;
  readonly iv: string;
  readonly "auth-tag": string;
}

const ALGORITHM = "aes256-gcm";
const TAG_BYTES = 16;

/**
 * @param name where the text was, for the message
 * @throws {ServerError} `invalid_header`; the message has nothing of the text
 */
export function openEnvelope(
  name: string,
  text: string,
  keys: DecryptKeys,
): JsonObject {
  const object = toObject(text);
  if (object === undefined)
    throw new ServerError(
      "invalid_header",
      `${name} must be a JSON object in base64.`,
    );
  if (!("cipher" in object && "algorithm" in object && "iv" in object))
    return object;
  const value = decrypt(name, object, keys);
  if (isObject(value)) return value;
  throw new ServerError(
    "invalid_header",
    `${name} must hold a JSON object when it is decrypted.`,
  );
}

/** @returns the value of a secret that may be encrypted: the text itself where it is not */
export function openSecret(
  name: string,
  text: string,
  keys: DecryptKeys,
): string {
  const object = toObject(text);
  if (object === undefined || !isSealed(object)) return text;
  const value = decrypt(name, object, keys);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function decrypt(name: string, object: JsonObject, keys: DecryptKeys): unknown {
  if (!isSealed(object) || object.algorithm !== ALGORITHM)
    throw new ServerError(
      "invalid_header",
      `${name} is encrypted, but not with ${ALGORITHM} and the texts "cipher", "iv" and "auth-tag".`,
    );
  if (keys.length === 0)
    throw new ServerError(
      "invalid_header",
      `${name} is encrypted, and this server has no key for it (ACTION_SERVER_DECRYPT_KEYS).`,
    );
  for (const key of keys) {
    const opened = tryKey(object, key);
    if (opened !== undefined) return opened.value;
  }
  throw new ServerError(
    "invalid_header",
    `${name} cannot be decrypted with any key of this server (ACTION_SERVER_DECRYPT_KEYS).`,
  );
}

function tryKey(sealed: Sealed, key: Buffer): { value: unknown } | undefined {
  try {
    const decipher = createDecipheriv(
      "aes-256-gcm",
      key,
      Buffer.from(sealed.iv, "base64"),
      { authTagLength: TAG_BYTES },
    );
    decipher.setAuthTag(Buffer.from(sealed["auth-tag"], "base64"));
    const bytes = Buffer.concat([
      decipher.update(Buffer.from(sealed.cipher, "base64")),
      decipher.final(),
    ]);
    return { value: JSON.parse(bytes.toString()) };
  } catch {
    return undefined;
  }
}

function isSealed(object: JsonObject): object is JsonObject & Sealed {
  return (["cipher", "algorithm", "iv", "auth-tag"] as const).every(
    (member) => typeof object[member] === "string",
  );
}

function toObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64").toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
