/** Signs callbacks as Standard Webhooks describes: https://www.standardwebhooks.com */
import { createHmac } from "node:crypto";
import { UsageError } from "../errors.ts";
import type { Body } from "./body.ts";

/** @returns the `webhook-…` headers of one attempt */
export type Sign = (
  id: string,
  at: Date,
  body: Pick<Body, "pieces">,
) => Promise<Record<string, string>>;

/** Base64 with its padding: receivers' libraries accept no other form. */
const SECRET =
  /^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/**
 * With several secrets, each attempt carries several signatures, so that a receiver can change its secret without
 * losing a callback. Without a secret there is no signature.
 *
 * @param secrets `whsec_` and 24 to 64 bytes in base64
 * @throws {UsageError} when a secret has another form; the message does not contain it
 */
export function createSign(secrets: readonly string[]): Sign {
  const keys = secrets.map(toKey);
  return async (id, at, body) => {
    const timestamp = String(Math.floor(at.getTime() / 1000));
    const headers = { "webhook-id": id, "webhook-timestamp": timestamp };
    if (keys.length === 0) return headers;
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
    const hmacs = keys.map((key) =>
      createHmac("sha256", key).update(`${id}.${timestamp}.`),
    );
    // Hashing a piece takes about a millisecond.
    for await (const piece of body.pieces())
      for (const hmac of hmacs) hmac.update(piece);
    const signatures = hmacs.map((hmac) => `v1,${hmac.digest("base64")}`);
    return { ...headers, "webhook-signature": signatures.join(" ") };
  };
}

function toKey(secret: string, index: number): Buffer {
  const key = SECRET.test(secret)
    ? Buffer.from(secret.slice("whsec_".length), "base64")
    : Buffer.alloc(0);
  if (key.length < MIN_KEY_BYTES || key.length > MAX_KEY_BYTES)
    throw new UsageError(
      `Callback secret ${index + 1} must be "whsec_" followed by ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES} bytes in base64.`,
    );
  return key;
}
