/** Signs callbacks as Standard Webhooks describes it: https://www.standardwebhooks.com */
import { createHmac } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { UsageError } from "../errors.ts";

/** @returns the `webhook-…` headers of one attempt */
export type Sign = (
  id: string,
  at: Date,
  body: string,
) => Promise<Record<string, string>>;

/** Base64 with its padding: the library takes no other. */
const SECRET =
  /^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;
/**
 * The library hashes in JavaScript, about 11 ms for a megabyte, in which nothing else runs
 * (https://github.com/dchest/fast-sha256-js). What is longer than this is hashed by the machine's own code, in steps.
 */
const MAX_LIBRARY_LENGTH = 32 * 1024;
const STEP_BYTES = 1024 * 1024;

/**
 * With several secrets each attempt carries several signatures, so that a receiver can change its secret while none
 * is lost. Without a secret there is no signature.
 *
 * @param secrets `whsec_` and 24 to 64 bytes in base64
 * @throws {UsageError} when a secret is no such; the message does not contain it
 */
export function createSign(secrets: readonly string[]): Sign {
  const signers = secrets.map((secret, index) => {
    const key = SECRET.test(secret)
      ? Buffer.from(secret.slice("whsec_".length), "base64")
      : Buffer.alloc(0);
    if (key.length < MIN_KEY_BYTES || key.length > MAX_KEY_BYTES)
      throw new UsageError(
        `Callback secret ${index + 1} must be "whsec_" and ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES} bytes in base64.`,
      );
    return { webhook: new Webhook(secret), key };
  });
  return async (id, at, body) => {
    const long =
      body.length > MAX_LIBRARY_LENGTH ? Buffer.from(body) : undefined;
    const signatures = await Promise.all(
      signers.map(async ({ webhook, key }) =>
        long === undefined
          ? webhook.sign(id, at, body)
          : signLong(key, toSeconds(at), id, long),
      ),
    );
    return {
      "webhook-id": id,
      "webhook-timestamp": toSeconds(at),
      ...(signatures.length === 0
        ? {}
        : { "webhook-signature": signatures.join(" ") }),
    };
  };
}

/** What the library makes: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
async function signLong(
  key: Uint8Array,
  timestamp: string,
  id: string,
  body: Buffer,
): Promise<string> {
  const hmac = createHmac("sha256", key).update(`${id}.${timestamp}.`);
  for (let start = 0; start < body.length; start += STEP_BYTES) {
    hmac.update(body.subarray(start, start + STEP_BYTES));
    await setImmediate();
  }
  return `v1,${hmac.digest("base64")}`;
}

function toSeconds(at: Date): string {
  return String(Math.floor(at.getTime() / 1000));
}
