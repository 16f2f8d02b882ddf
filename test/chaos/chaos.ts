/** `bun run chaos [--rounds 100] [--seed N]`: a long campaign. Exits with 1 when anything was lost, told twice or told otherwise. */
import { parseArgs } from "node:util";
import { runCampaign } from "./campaign.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
  },
});
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
if (!Number.isInteger(rounds) || !Number.isInteger(seed))
  throw new TypeError(
    `--rounds and --seed must be whole numbers, not "${values.rounds}" and "${values.seed}".`,
  );

console.log(`bun run chaos --rounds ${rounds} --seed ${seed}`);
const { violations, ...figures } = await runCampaign({
  rounds,
  seed,
  onRound: (round) => {
    if (round % 10 === 0) console.log(`${round} rounds`);
  },
});
console.log({ ...figures, violations: violations.length });
for (const violation of violations.slice(0, 20)) console.log(violation);
process.exit(violations.length === 0 ? 0 : 1);
