/** Contexts and secrets in the form in which clients of the original send them. */
import { createCipheriv, randomBytes } from "node:crypto";

export function toPlain(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64");
}

/** As the original's `make_encrypted_data_envelope` does. */
export function toSealed(value: unknown, key: Buffer): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  const bytes = [cipher.update(JSON.stringify(value)), cipher.final()];
  return toPlain({
    cipher: Buffer.concat(bytes).toString("base64"),
    algorithm: "aes256-gcm",
    iv: iv.toString("base64"),
    "auth-tag": cipher.getAuthTag().toString("base64"),
  });
}
