import { expect, test } from "bun:test";
import fc from "fast-check";
import { KeyQuota } from "../../src/queue/key-quota.ts";

test("a key with fewer runs than allowed may have one more, whatever the others have", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.constantFrom("", "a", "b"), { maxLength: 50 }),
      fc.infiniteStream(fc.boolean()),
      (max, owners, ends) => {
        const quota = new KeyQuota(max);
        const held = new Map<string, (Disposable | undefined)[]>();
        for (const owner of owners) {
          const shares = held.get(owner) ?? [];
          held.set(owner, shares);
          if (shares.length > 0 && ends.next().value === true) {
            const share = shares.pop();
            share?.[Symbol.dispose]();
            // Giving back twice changes nothing.
            share?.[Symbol.dispose]();
          } else if (shares.length < max) shares.push(quota.take(owner));
          else
            expect(() => quota.take(owner)).toThrow(
              `This API key already has ${max} run`,
            );
        }
      },
    ),
  );
});

test("a run that was accepted earlier is counted and never refused", () => {
  const quota = new KeyQuota(1);
  quota.enter("a");
  const second = quota.enter("a");
  expect(() => quota.take("a")).toThrow("already has 2 runs");
  second?.[Symbol.dispose]();
  expect(() => quota.take("a")).toThrow("already has 1 run ");
});

test("nothing is counted without a limit", () => {
  const quota = new KeyQuota(Infinity);
  for (let count = 0; count < 10; count += 1)
    expect(quota.take("a")).toBeUndefined();
});

test("where several servers share the runs, each takes its part of the limit, and one run in any case", () => {
  let replicaCount = 2;
  const quota = new KeyQuota(4, () => replicaCount);
  quota.take("a");
  quota.take("a");
  expect(() => quota.take("a")).toThrow("which is its limit");
  replicaCount = 1;
  quota.take("a");
  replicaCount = 100;
  quota.take("b");
  expect(() => quota.take("b")).toThrow("which is its limit");
});
