/** Choices that a seed repeats. */

export interface Random {
  /** 0 to 1. */
  (): number;
}

/** mulberry32: https://gist.github.com/tommyettinger/46a574533244883189143505d203312c */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A sequence of its own: what happens at the same time must not share one, or the order of events would choose. */
export function fork(random: Random): Random {
  return seeded(random() * 2 ** 32);
}

export function between(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

export function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[between(random, 0, values.length - 1)] as Value;
}
