/** The text of a key, and the hash that the server keeps of it. */
import { randomBytes, timingSafeEqual } from "node:crypto";

/** Lets people and scanners for leaked secrets recognize a key. */
const PREFIX = "actiond_";
/** The longest possible key: a longer text is refused without being hashed. */
const MAX_LENGTH = 256;
/** Visible ASCII, which a header can carry without quotes (RFC 9110 section 5.5). */
const FORM = new RegExp(`^[\\x21-\\x7e]{1,${MAX_LENGTH}}$`);

const RANDOM_BYTES = 32;
/** The lengths of 256 and of 32 bits in base 36. */
const RANDOM_LENGTH = 50;
const CHECKSUM_LENGTH = 7;

/** @returns `actiond_`, 256 random bits and a checksum, which tells a mistyped or shortened key from an unknown one */
export function makeToken(): string {
  const random = BigInt(`0x${randomBytes(RANDOM_BYTES).toString("hex")}`);
  const text = random.toString(36).padStart(RANDOM_LENGTH, "0");
  return `${PREFIX}${text}${toChecksum(text)}`;
}

/** @returns whether the text may be a key; one that begins with our prefix must match its checksum */
export function isToken(text: string): boolean {
  if (text.length > MAX_LENGTH || !FORM.test(text)) return false;
  if (!text.startsWith(PREFIX)) return true;
  const random = text.slice(PREFIX.length, -CHECKSUM_LENGTH);
  return text.endsWith(toChecksum(random)) && random.length === RANDOM_LENGTH;
}

/**
 * Hashes with SHA-256, in one pass and without salt. Slow, salted hashes protect passwords, which can be guessed; 256
 * random bits cannot be, and the key of every request has to be hashed.
 */
export function hashToken(token: string): string {
  return Bun.SHA256.hash(token, "hex");
}

/** Compares in constant time. */
export function isSameHash(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

/** @returns the CRC-32 in base 36 */
function toChecksum(text: string): string {
  return Bun.hash.crc32(text).toString(36).padStart(CHECKSUM_LENGTH, "0");
}
