import { expect, test } from "bun:test";
import { KeyShare } from "../../src/queue/key-share.ts";
import { StoredShare } from "../../src/run/stored-share.ts";
import { turn } from "../turn.ts";

const GB = 1e9;

/** A disk of which 90 GB are for runs. */
function open(
  usage: Readonly<Record<string, number>>,
  otherCount: number,
  maxBytes = 90 * GB,
) {
  let lookCount = 0;
  const all = Object.values(usage).reduce((sum, bytes) => sum + bytes, 0);
  const stored = new StoredShare({
    share: new KeyShare(0.75, () => otherCount),
    freeBytes: () => maxBytes - all,
    storedBytes: () => all,
    findUsage: async () => {
      lookCount += 1;
      return new Map(Object.entries(usage));
    },
    onError: (error) => {
      throw error;
    },
  });
  return { stored, lookCount: () => lookCount };
}

test("while there is room nobody's runs are counted", () => {
  const { stored, lookCount } = open({ mallory: 60 * GB }, 1);
  stored.refuse("mallory");
  expect(lookCount()).toBe(0);
});

test("a key whose runs take their share is refused, and others are not", async () => {
  const { stored, lookCount } = open({ mallory: 68 * GB, alice: 2 * GB }, 1);
  // What each takes is not known yet, and nobody waits for that.
  stored.refuse("mallory");
  await turn();
  expect(() => {
    stored.refuse("mallory");
  }).toThrow("use up its share of the disk");
  stored.refuse("alice");
  stored.refuse("bob");
  expect(lookCount()).toBe(1);
});

test("a key that is alone may fill the disk", async () => {
  const { stored } = open({ mallory: 89 * GB }, 0);
  stored.refuse("mallory");
  await turn();
  stored.refuse("mallory");
});
