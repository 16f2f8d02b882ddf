/** `bun run fuzz [count] [seed]`: more odd requests than the suite sends. Exits with 1 when the server did anything wrong. */
import { runCampaign } from "./campaign.ts";

const [count, seed] = [
  Number(process.argv[2] ?? 100_000),
  Number(process.argv[3] ?? Date.now() % 1e6),
];
if (!Number.isInteger(count) || !Number.isInteger(seed))
  throw new TypeError(
    `Count and seed must be whole numbers, not "${process.argv[2]}" and "${process.argv[3]}".`,
  );

console.log(`bun run fuzz ${count} ${seed}`);
const { violations, ...figures } = await runCampaign({
  count,
  seed,
  onProgress: (sent) => {
    console.log(`${sent} requests`);
  },
});
console.log({ ...figures, violations: violations.length });
for (const violation of violations.slice(0, 20)) console.log(violation);
process.exit(violations.length === 0 ? 0 : 1);
