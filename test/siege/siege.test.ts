import { expect, test } from "bun:test";
import { ATTACKS } from "./attacks.ts";
import { besiege } from "./besiege.ts";

/** The ones that ended the server for good; `bun run siege` carries out all. */
const WORST = ["collide", "brackets", "nobody reads"];

test.each(WORST)(
  "the server holds while one caller sends %s",
  async (title) => {
    const attack = ATTACKS.find((one) => one.title.includes(title));
    if (attack === undefined) throw new Error(`There is no attack ${title}.`);
    const { mistakes } = await besiege(attack);
    expect(mistakes).toEqual([]);
  },
  { timeout: 60_000 },
);
