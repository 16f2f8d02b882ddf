/** How much of what the server has one API key may take while there are other keys: a part is kept for those that have less. */

export interface Taken {
  /** How many of them this key has. */
  readonly own: number;
  /** How many are taken, by all keys together. */
  readonly all: number;
  /** How many there are. */
  readonly max: number;
  /** @returns how many each of the others has; those that have none may be left out */
  readonly others: () => Iterable<number>;
}

export class KeyShare {
  readonly #fraction: number;
  readonly #othersOf: (owner: string) => number;

  /**
   * @param fraction what one key may take when the others have nothing, above 0; 1 for all of it
   * @param othersOf how many keys there are besides this one that may run actions
   */
  constructor(fraction: number, othersOf: (owner: string) => number) {
    this.#fraction = fraction;
    this.#othersOf = othersOf;
  }

  /** Whether so many are left that nobody need be counted: most calls look no further. */
  isPlenty(own: number, all: number, max: number): boolean {
    if (own === 0 || this.#fraction === 1) return true;
    return max - all - 1 >= this.#kept(max);
  }

  /**
   * Whether this key may have one more of something. The part that is kept is divided equally between the other keys:
   * what one of them has already is no longer kept for it.
   */
  allowsOneMore(owner: string, { own, all, max, others }: Taken): boolean {
    if (this.isPlenty(own, all, max)) return true;
    const otherCount = this.#othersOf(owner);
    if (otherCount === 0) return true;
    const kept = this.#kept(max);
    const each = Math.max(1, Math.floor(kept / otherCount));
    if (own < each) return true;
    let missing = each * otherCount;
    for (const count of others()) missing -= Math.min(count, each);
    return max - all - 1 >= Math.min(kept, missing);
  }

  #kept(max: number): number {
    // 0.25 * 12 must not be a little less than 3.
    return Math.max(1, Math.floor((1 - this.#fraction) * max + 1e-9));
  }
}

/** There is one key, or none: it may have everything. */
export const ALONE = new KeyShare(1, () => 0);
