/** The report of `bun run bench`: sections, each from the last time it was measured. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { toSvg } from "./charts.ts";
import { type Table, toMarkdown } from "./figures.ts";
import { toGoals } from "./goals.ts";

interface Section {
  /** When, on what, and beside what it was measured. */
  readonly machine: string;
  readonly tables: readonly Table[];
}

export type Report = Readonly<Record<string, Section>>;

export async function readReport(folder: string): Promise<Report> {
  const file = join(folder, "bench.json");
  return existsSync(file) ? ((await Bun.file(file).json()) as Report) : {};
}

/** @returns every table, beginning with the goals */
export function listTables(report: Report): readonly Table[] {
  const tables = Object.values(report).flatMap((section) => section.tables);
  return [toGoals(tables), ...tables];
}

/** Writes the sections into the folder. Those that were not measured now stay as they are. */
export async function writeReport(
  folder: string,
  measured: Report,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const report = { ...(await readReport(folder)), ...measured };
  await Bun.write(
    join(folder, "bench.json"),
    `${JSON.stringify(report, null, 2)}\n`,
  );
  await Bun.write(join(folder, "bench.md"), toPage(report));
  for (const table of listTables(report)) {
    const svg = await toSvg(table);
    const name = table.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
    if (svg !== undefined) await Bun.write(join(folder, `${name}.svg`), svg);
  }
}

function toPage(report: Report): string {
  const [goals] = listTables(report);
  return [
    "# Measurements\n",
    ...(goals === undefined ? [] : [toMarkdown(goals)]),
    ...Object.values(report).flatMap(({ machine, tables }) =>
      tables.map(({ about, ...table }) =>
        toMarkdown({ ...table, about: `${about} (${machine})` }),
      ),
    ),
  ].join("\n");
}
