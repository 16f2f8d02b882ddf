/** The keys with which contexts of requests are decrypted: what Sema4.ai's Action Server has in `ACTION_SERVER_DECRYPT_KEYS`. */
import { UnitError } from "../units.ts";

export type DecryptKeys = readonly Buffer[];

const KEY_BYTES = 32;

/**
 * @param text a JSON list of keys of 256 bits, each in base64; empty for none
 * @throws {UnitError} the message does not contain the text
 */
export function parseDecryptKeys(text: string): DecryptKeys {
  if (text.trim() === "") return [];
  const keys = toTexts(text)?.map((key) => Buffer.from(key, "base64"));
  if (keys?.every(({ length }) => length === KEY_BYTES) === true) return keys;
  throw new UnitError(
    'It must be a JSON list of keys of 32 bytes in base64, such as ["…"], each as "openssl rand -base64 32" makes it.',
  );
}

function toTexts(text: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((key) => typeof key === "string")
      ? list
      : undefined;
  } catch {
    return undefined;
  }
}
