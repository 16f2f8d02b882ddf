/** Signs callbacks as Standard Webhooks describes it: https://www.standardwebhooks.com */
import { Webhook } from "standardwebhooks";
import { UsageError } from "../config.ts";

/** @returns the `webhook-…` headers of one attempt */
export type Sign = (
  id: string,
  at: Date,
  body: string,
) => Record<string, string>;

/** Base64 with its padding: the library takes no other. */
const SECRET =
  /^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/**
 * With several secrets each attempt carries several signatures, so that a receiver can change its secret while none
 * is lost. Without a secret there is no signature.
 *
 * The library hashes in JavaScript, in one go: about 11 ms for each secret and megabyte, in which nothing else runs.
 * https://github.com/dchest/fast-sha256-js
 *
 * @param secrets `whsec_` and 24 to 64 bytes in base64
 * @throws {UsageError} when a secret is no such; the message does not contain it
 */
export function createSign(secrets: readonly string[]): Sign {
  const webhooks = secrets.map((secret, index) => {
    const key = SECRET.test(secret)
      ? Buffer.from(secret.slice("whsec_".length), "base64")
      : Buffer.alloc(0);
    if (key.length < MIN_KEY_BYTES || key.length > MAX_KEY_BYTES)
      throw new UsageError(
        `Callback secret ${index + 1} must be "whsec_" and ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES} bytes in base64.`,
      );
    return new Webhook(secret);
  });
  return (id, at, body) => ({
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    ...(webhooks.length === 0
      ? {}
      : {
          "webhook-signature": webhooks
            .map((webhook) => webhook.sign(id, at, body))
            .join(" "),
        }),
  });
}
