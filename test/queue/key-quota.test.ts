import { expect, test } from "bun:test";
import fc from "fast-check";
import { Shares } from "../../src/queue/key-quota.ts";

test("whoever has fewer runs than allowed may have one more, whatever the others have", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.constantFrom("", "a", "b"), { maxLength: 50 }),
      fc.infiniteStream(fc.boolean()),
      (max, owners, ends) => {
        const shares = new Shares(max);
        const held = new Map<string, number>();
        for (const owner of owners) {
          const count = held.get(owner) ?? 0;
          if (count < max) shares.refuseWhenFull(owner);
          else
            expect(() => {
              shares.refuseWhenFull(owner);
            }).toThrow(`This key has ${max} runs`);
          const change = count > 0 && ends.next().value === true ? -1 : 1;
          if (change === 1 && count === max) continue;
          if (change === 1) shares.enter(owner);
          else shares.leave(owner);
          held.set(owner, count + change);
        }
      },
    ),
  );
});

test("without a limit nothing is counted", () => {
  const shares = new Shares();
  for (let count = 0; count < 10; count += 1) shares.enter("a");
  shares.refuseWhenFull("a");
  shares.leave("a");
});
