/**
 * Recognizes property names that were chosen to have the same hash. The engine hashes names without a random seed, and
 * with colliding ones `JSON.parse` takes time that grows with their square: 14 s for a megabyte.
 */

/** As many names cannot hold anything up. */
const FEW = 32;
/** The engine's tables use the last bits of the hash. */
const BUCKET_COUNT = 4096;
/** So many names may share a bucket, besides eight times as many as chance would put there. */
const MAX_IN_BUCKET = 24;

const BACKSLASH = 0x5c;
const decoder = new TextDecoder();
/** Makes it impossible to choose two names that are taken for the same one here. */
const SEED = crypto.getRandomValues(new Int32Array(1))[0] as number;
const PRIME = 16_777_619;

export class Names {
  #count = 0;
  /** Names that are known, by a hash of our own. */
  #known: Set<number> | undefined;
  #buckets: Uint32Array | undefined;
  #largest = 0;

  get haveCollisions(): boolean {
    const distinct = this.#known?.size ?? 0;
    return this.#largest > MAX_IN_BUCKET + (8 * distinct) / BUCKET_COUNT;
  }

  /** @param to where the quote is that ends the name */
  add(bytes: Uint8Array, from: number, to: number): void {
    this.#count += 1;
    // The first few are left out: most inputs have no more.
    if (this.#count <= FEW) return;
    const known = (this.#known ??= new Set());
    const buckets = (this.#buckets ??= new Uint32Array(BUCKET_COUNT));
    let own = SEED;
    let isPlain = true;
    for (let index = from; index < to; index += 1) {
      const byte = bytes[index] as number;
      if (byte === BACKSLASH || byte >= 0x80) isPlain = false;
      own = Math.imul(own ^ byte, PRIME);
    }
    own ^= own >>> 15;
    if (known.has(own)) return;
    known.add(own);
    const name = bytes.subarray(from, to);
    const hash = Bun.hash.rapidhash(isPlain ? name : toCharacters(name));
    const bucket = Number(hash & BigInt(BUCKET_COUNT - 1));
    const count = (buckets[bucket] ?? 0) + 1;
    buckets[bucket] = count;
    if (count > this.#largest) this.#largest = count;
  }
}

/** @returns the characters as the engine keeps and hashes them: a byte each where all are Latin-1, else two */
function toCharacters(name: Uint8Array): Uint8Array {
  let text = decoder.decode(name);
  try {
    text = JSON.parse(`"${text}"`) as string;
  } catch {
    // The parser will say so.
  }
  const isLatin1 = /^[\0-\xff]*$/.test(text);
  return Buffer.from(text, isLatin1 ? "latin1" : "utf16le");
}
