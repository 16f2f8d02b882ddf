/** The text of a key, and the hash it is known by. */
import { createHash, timingSafeEqual } from "node:crypto";

/** Longest text that is looked at: what is longer is no key, and costs no hashing. */
const MAX_LENGTH = 256;
/** Visible ASCII: what a header can carry without quotes or spaces (RFC 9110 section 5.5). */
const FORM = new RegExp(`^[\\x21-\\x7e]{1,${MAX_LENGTH}}$`);

export function isTokenForm(text: string): boolean {
  return text.length <= MAX_LENGTH && FORM.test(text);
}

/**
 * SHA-256, in one pass and without salt. Slow, salted hashes protect passwords, which can be guessed; nobody guesses
 * 256 random bits, and each request has to be hashed.
 */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** Takes as long whatever differs. */
export function isSameHash(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(one, other);
}
