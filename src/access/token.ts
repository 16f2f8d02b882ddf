/** The text of a key, and the hash it is known by. */
import { randomBytes, timingSafeEqual } from "node:crypto";

/** By which scanners for leaked secrets, and people, know what they have before them. */
const PREFIX = "actiond_";
/** Longest text that is looked at: what is longer is no key, and costs no hashing. */
const MAX_LENGTH = 256;
/** Visible ASCII: what a header can carry without quotes or spaces (RFC 9110 section 5.5). */
const FORM = new RegExp(`^[\\x21-\\x7e]{1,${MAX_LENGTH}}$`);

const RANDOM_BYTES = 32;
/** What 256 bits, and 32 of them, take in digits and small letters. */
const RANDOM_LENGTH = 50;
const CHECKSUM_LENGTH = 7;

/** @returns `actiond_`, 256 random bits, and a checksum: what matches it is a key, what does not was cut short or mistyped */
export function makeToken(): string {
  const random = BigInt(`0x${randomBytes(RANDOM_BYTES).toString("hex")}`);
  const text = random.toString(36).padStart(RANDOM_LENGTH, "0");
  return `${PREFIX}${text}${toChecksum(text)}`;
}

/** Whether this may be a key. One that looks like one of ours must match its checksum. */
export function isToken(text: string): boolean {
  if (text.length > MAX_LENGTH || !FORM.test(text)) return false;
  if (!text.startsWith(PREFIX)) return true;
  const random = text.slice(PREFIX.length, -CHECKSUM_LENGTH);
  return text.endsWith(toChecksum(random)) && random.length === RANDOM_LENGTH;
}

/**
 * SHA-256, in one pass and without salt. Slow, salted hashes protect passwords, which can be guessed; nobody guesses
 * 256 random bits, and each request has to be hashed.
 */
export function hashToken(token: string): string {
  return Bun.SHA256.hash(token, "hex");
}

/** Takes as long whatever differs. */
export function isSameHash(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

/** CRC-32, in digits and small letters. */
function toChecksum(text: string): string {
  return Bun.hash.crc32(text).toString(36).padStart(CHECKSUM_LENGTH, "0");
}
