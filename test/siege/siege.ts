/** The whole siege against the executable: `bun run siege [part of a title]`. */
import { ATTACKS } from "./attacks/attacks.ts";
import { besiege } from "./besiege.ts";

let failed = 0;
const [only = ""] = process.argv.slice(2);
const attacks = ATTACKS.filter(({ title }) => title.includes(only));
for (const attack of attacks) {
  const { watch, mistakes } = await besiege(attack);
  const { worstMs, heldMs, otherMs, otherFailures, peakMb } = watch;
  const round = Math.round;
  console.log(`${attack.title}:
  health ${round(worstMs)} ms, event loop held ${round(heldMs)} ms, another key ${round(otherMs)} ms, ${otherFailures} times refused, peak ${peakMb} MB
  ${mistakes.length === 0 ? "held" : mistakes.join("\n  ")}`);
  if (mistakes.length > 0) failed += 1;
}
console.log(
  `${attacks.length - failed} of ${attacks.length} attacks were held.`,
);
process.exit(failed === 0 ? 0 : 1);
