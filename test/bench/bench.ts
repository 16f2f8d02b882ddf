/**
 * Measures actiond: what a run costs beside a bare route, the whole round with a callback, waiting callers, growth, and
 * what people would pick instead. It starts everything itself, warms up, lets contestants take turns, and repeats.
 * Reports, asserts nothing.
 *
 * `bun run bench [--quick] [--only ways,round,waiting,growth,peers] [--million COUNT] [--out FOLDER]`
 */
import { mkdirSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { toSvg } from "./charts.ts";
import { type Table, toMarkdown } from "./figures.ts";
import { generator } from "./load.ts";
import { measureGrowth } from "./sections/growth.ts";
import { measurePeers } from "./sections/peers.ts";
import { measureRound } from "./sections/round.ts";
import { measureWaiting } from "./sections/waiting.ts";
import { measureWays } from "./sections/ways.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "ways,round,waiting,growth,peers" },
    million: { type: "string", default: "1" },
    out: { type: "string" },
  },
});
const time = values.quick
  ? { seconds: 1, rounds: 1 }
  : { seconds: 2, rounds: 3 };
const SECTIONS: Record<string, () => Promise<readonly Table[]>> = {
  ways: () => measureWays([1, 32, 128], time),
  round: async () => [await measureRound(time)],
  waiting: async () => [
    await measureWaiting(values.quick ? [1000] : [1000, 10_000]),
  ],
  growth: () => measureGrowth([1000, Number(values.million) * 1e6]),
  peers: async () => [await measurePeers(time)],
};

const machine = `${new Date().toISOString()}, ${cpus().length} × ${cpus()[0]?.model ?? "processor"}, load average ${loadavg()[0]?.toFixed(1)} before, requests by ${generator}, Bun ${Bun.version}`;
console.log(`${machine}\n`);
const tables: Table[] = [];
for (const name of values.only.split(",")) {
  const measure = SECTIONS[name];
  if (measure === undefined)
    throw new Error(
      `There is no section "${name}", only ${Object.keys(SECTIONS).join(", ")}.`,
    );
  for (const table of await measure()) {
    tables.push(table);
    console.log(toMarkdown(table));
  }
}
if (values.out !== undefined) await write(values.out);

async function write(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await Bun.write(
    join(folder, "bench.json"),
    `${JSON.stringify({ machine, tables }, null, 2)}\n`,
  );
  await Bun.write(
    join(folder, "bench.md"),
    [`# Measurements\n\n${machine}.\n`, ...tables.map(toMarkdown)].join("\n"),
  );
  for (const table of tables) {
    const svg = await toSvg(table);
    const name = table.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
    if (svg !== undefined) await Bun.write(join(folder, `${name}.svg`), svg);
  }
}
