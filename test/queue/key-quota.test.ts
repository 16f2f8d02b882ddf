import { expect, test } from "bun:test";
import fc from "fast-check";
import { KeyQuota } from "../../src/queue/key-quota.ts";

test("a key with fewer runs than allowed may have one more whatever the others have", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.constantFrom("", "a", "b"), { maxLength: 50 }),
      fc.infiniteStream(fc.boolean()),
      (max, owners, ends) => {
        const quota = new KeyQuota(max);
        const held = new Map<string, number>();
        for (const owner of owners) {
          const count = held.get(owner) ?? 0;
          if (count < max) quota.refuseWhenFull(owner);
          else
            expect(() => {
              quota.refuseWhenFull(owner);
            }).toThrow(
              `This API key already has ${max} ${max === 1 ? "run" : "runs"} queued`,
            );
          const change = count > 0 && ends.next().value === true ? -1 : 1;
          if (change === 1 && count === max) continue;
          if (change === 1) quota.enter(owner);
          else quota.leave(owner);
          held.set(owner, count + change);
        }
      },
    ),
  );
});

test("nothing is counted without a limit", () => {
  const quota = new KeyQuota();
  for (let count = 0; count < 10; count += 1) quota.enter("a");
  quota.refuseWhenFull("a");
  quota.leave("a");
});
