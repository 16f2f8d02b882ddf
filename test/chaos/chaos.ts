/** `bun run chaos [--rounds 100] [--seed N] [--fleet]`: a long campaign, against one server or a fleet. Exits with 1 when anything was lost, told twice or told otherwise. */
import { parseArgs } from "node:util";
import { runCampaign } from "./campaign.ts";
import { runFleetCampaign } from "./fleet/campaign.ts";
import type { Fault } from "./fleet/faults.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
    fleet: { type: "boolean", default: false },
    faults: { type: "string" },
  },
});
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
if (!Number.isInteger(rounds) || !Number.isInteger(seed))
  throw new TypeError(
    `--rounds and --seed must be whole numbers, not "${values.rounds}" and "${values.seed}".`,
  );

const { fleet: isFleet, faults } = values;
console.log(
  `bun run chaos --rounds ${rounds} --seed ${seed}${isFleet ? " --fleet" : ""}`,
);
const campaign = isFleet
  ? runFleetCampaign({
      rounds,
      seed,
      ...(faults === undefined ? {} : { faults: faults.split(",") as Fault[] }),
      onFault: (fault, round) => {
        console.log(`${round}: ${fault}`);
      },
    })
  : runCampaign({
      rounds,
      seed,
      onRound: (round) => {
        if (round % 10 === 0) console.log(`${round} rounds`);
      },
    });
const { violations, ...figures } = await campaign;
console.log({ ...figures, violations: violations.length });
for (const violation of violations.slice(0, 20)) console.log(violation);
process.exit(violations.length === 0 ? 0 : 1);
