/** Run ids: who knows some cannot guess others. */
import { expect, test } from "bun:test";
import { openStage } from "./stage.ts";

const COUNT = 1000;
/** The last 62 bits, which Bun draws at random: https://bun.com/docs/runtime/utils#bun-randomuuidv7 */
const RANDOM_BITS = 62;

test("62 bits of a run id are independent of those of its neighbours", async () => {
  using stage = openStage({ running: COUNT, queued: 0 });
  const accepted = await Promise.all(
    Array.from({ length: COUNT }, () => stage.accept()),
  );
  const drawn = accepted.map(({ run }) => toRandomBits(run.id));
  expect(new Set(drawn).size).toBe(COUNT);
  const changes = drawn
    .slice(1)
    .map((bits, index) => bits ^ (drawn[index] ?? 0n));
  for (let bit = 0n; bit < RANDOM_BITS; bit += 1n) {
    const setCount = drawn.filter((bits) => (bits >> bit) & 1n).length;
    const changedCount = changes.filter((bits) => (bits >> bit) & 1n).length;
    // A fair coin is further away from a half once in 10^9 times.
    for (const count of [setCount, changedCount])
      expect(Math.abs(count - COUNT / 2), `bit ${bit}`).toBeLessThan(100);
  }
});

function toRandomBits(id: string): bigint {
  return BigInt(`0x${id.slice(19).replace("-", "")}`) & (2n ** 62n - 1n);
}
