/**
 * Measures actiond: what a run costs beside a bare route, the whole round with a callback, waiting callers, growth, and
 * what people would pick instead. It starts everything itself, warms up, lets contestants take turns, and repeats.
 * Reports, asserts nothing.
 *
 * `bun run bench [--quick] [--only ways,round] [--million COUNT] [--out FOLDER]`
 *
 * - `--only` some of the sections; those of the folder that are not measured stay as they are
 * - `--million` with `--only growth`: how many million kept runs there are, such as 10
 */
import { cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Table, toMarkdown } from "./figures.ts";
import { generator } from "./load.ts";
import { type Report, writeReport } from "./report.ts";
import { measureDisk } from "./sections/disk.ts";
import { measureGarbage } from "./sections/garbage.ts";
import { measureGrowth } from "./sections/growth.ts";
import { measureMemory } from "./sections/memory.ts";
import { measurePeers } from "./sections/peers.ts";
import { measureRetention } from "./sections/retention.ts";
import { measureRound } from "./sections/round.ts";
import { measureWaiting } from "./sections/waiting.ts";
import { measureWays } from "./sections/ways.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    million: { type: "string", default: "1" },
    out: { type: "string" },
  },
});
const { quick } = values;
const million = Number(values.million);
const time = quick ? { seconds: 1, rounds: 1 } : { seconds: 2, rounds: 3 };
const SECTIONS: Record<string, () => Promise<readonly (Table | undefined)[]>> =
  {
    ways: () => measureWays([1, 32, 128], time),
    garbage: async () => [await measureGarbage()],
    disk: async () => [await measureDisk()],
    round: async () => [await measureRound(time)],
    waiting: async () => [
      await measureWaiting(quick ? [1000] : [1000, 10_000]),
    ],
    growth: () =>
      measureGrowth(million === 1 ? [1000, 1_000_000] : [million * 1_000_000]),
    retention: async () => [await measureRetention(time)],
    memory: async () => [await measureMemory(quick ? 100_000 : 1_000_000)],
    peers: async () => [await measurePeers(time)],
  };

const measured: Record<string, Report[string]> = {};
for (const name of values.only?.split(",") ?? Object.keys(SECTIONS)) {
  const measure = SECTIONS[name];
  if (measure === undefined)
    throw new Error(
      `There is no section "${name}", only ${Object.keys(SECTIONS).join(", ")}.`,
    );
  const machine = `${new Date().toISOString()}, ${cpus().length} × ${cpus()[0]?.model ?? "processor"}, load average ${loadavg()[0]?.toFixed(1)} before, requests by ${generator}, Bun ${Bun.version}`;
  console.log(`${name}: ${machine}\n`);
  try {
    const tables = (await measure()).filter((table) => table !== undefined);
    for (const table of tables) console.log(toMarkdown(table));
    const key = name === "growth" && million !== 1 ? `growth-${million}` : name;
    measured[key] = { machine, tables };
  } catch (error) {
    // The other sections are worth having all the same.
    console.error(`The section "${name}" could not be measured.`, error);
    process.exitCode = 1;
  }
  if (values.out !== undefined) await writeReport(values.out, measured);
}
if (values.out !== undefined) await Bun.$`bun fmt ${values.out}`;
// Its tables are those of docs/performance.md, too.
if (
  resolve(values.out ?? "") === join(import.meta.dir, "../../docs/performance")
)
  await Bun.$`bun ${join(import.meta.dir, "../docs/write-tables.ts")}`;
