/** `bun run chaos [kills] [seed]`: a long campaign. Exits with 1 when anything was lost, told twice or told otherwise. */
import { runCampaign } from "./campaign.ts";

const [kills = 100, seed = Date.now() % 2 ** 32] = process.argv
  .slice(2)
  .map(Number);

console.log(`seed ${seed}, ${kills} kills`);
const { violations, ...figures } = await runCampaign({
  kills,
  seed,
  onRound: (round) => {
    if (round % 10 === 0) console.log(`${round} kills`);
  },
});
console.log({ ...figures, violations: violations.length });
for (const violation of violations.slice(0, 20)) console.log(violation);
process.exit(violations.length === 0 ? 0 : 1);
