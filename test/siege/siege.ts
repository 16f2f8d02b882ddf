/** The whole siege against the executable: `bun run siege`. */
import { besiege } from "./besiege.ts";
import { ATTACKS } from "./attacks.ts";

let failed = 0;
const [only = ""] = process.argv.slice(2);
const attacks = ATTACKS.filter(({ title }) => title.includes(only));
for (const attack of attacks) {
  const { watch, mistakes } = await besiege(attack);
  const { worstMs, peakMb } = watch;
  const verdict = mistakes.length === 0 ? "held" : mistakes.join(" ");
  console.log(
    `${attack.title}: others waited ${Math.round(worstMs)} ms, peak ${peakMb} MB: ${verdict}`,
  );
  if (mistakes.length > 0) failed += 1;
}
console.log(
  `${attacks.length - failed} of ${attacks.length} attacks were held.`,
);
process.exit(failed === 0 ? 0 : 1);
