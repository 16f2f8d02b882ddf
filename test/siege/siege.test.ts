import { expect, test } from "bun:test";
import { ATTACKS } from "./attacks/attacks.ts";
import { besiege } from "./besiege.ts";

/** Where both threads of a core are busy, the same work takes up to twice the processor time. */
const HELD_MS = 100;
/** Those that ended the server for good, and those that took it from others; `bun run siege` carries out all. */
const WORST = ["collide", "brackets", "nobody reads", "never end"];

test(
  "the server holds while one caller sends the worst, also after kill -9",
  async () => {
    const [first, ...others] = WORST.map((word) => {
      const found = ATTACKS.find(({ title }) => title.includes(word));
      if (found === undefined) throw new Error(`There is no attack ${word}.`);
      return Object.assign({}, found, {
        limits: { heldMs: HELD_MS, ...found.limits },
      });
    });
    if (first === undefined) throw new Error("There is no attack.");
    const { mistakes } = await besiege(first, ...others);
    expect(mistakes).toEqual([]);
  },
  { timeout: 60_000 },
);
