import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { seeded } from "../../chaos/random.ts";
import { makeTemporaryFolder } from "../../server.ts";
import { fuzz } from "./mutate.ts";
import { PARSERS } from "./parsers.ts";

const COUNT = 1500;
const SEED = 2026;
const MAX_MS = 20;
/** Of the lines of the file that a parser is in; others of its functions are never called here. */
const MIN_COVERED = 0.85;

test.each(PARSERS.map((parser) => [parser.name, parser] as const))(
  `no text makes the parser of %s throw anything but a refusal, or take long (seed ${SEED})`,
  (_, parser) => {
    const { faults } = fuzz(parser, {
      random: seeded(SEED),
      count: COUNT,
      maxMs: MAX_MS,
    });
    expect(faults).toEqual([]);
  },
);

/** This file is run once more, by itself, to see which lines its texts reach. */
const isWithin = process.env["ACTIOND_TEST_COVERAGE"] === "1";

test.skipIf(isWithin)(
  "these texts reach the lines of the parsers",
  async () => {
    const folder = makeTemporaryFolder();
    const argv = ["--coverage", "--coverage-reporter=lcov"];
    const child = Bun.spawn(
      [
        process.execPath,
        "test",
        ...argv,
        "--coverage-dir",
        folder,
        import.meta.path,
      ],
      {
        cwd: join(import.meta.dir, "..", "..", ".."),
        env: { ...process.env, ACTIOND_TEST_COVERAGE: "1" },
        stdout: "ignore",
        stderr: "ignore",
      },
    );
    await child.exited;
    const covered = readCoverage(join(folder, "lcov.info"));
    const files = new Set(PARSERS.map(({ file }) => `src/${file}`));
    const shares = [...files].map((file) => [file, covered.get(file) ?? 0]);
    expect(shares.filter(([, share]) => Number(share) < MIN_COVERED)).toEqual(
      [],
    );
  },
  { timeout: 60_000 },
);

/** @returns the share of lines that were reached, by file: https://github.com/linux-test-project/lcov/blob/master/man/geninfo.1 */
function readCoverage(path: string): Map<string, number> {
  const shares = new Map<string, number>();
  for (const record of readFileSync(path, "utf8").split("end_of_record")) {
    const [, file = ""] = /^SF:(.*)$/m.exec(record) ?? [];
    const [, found = "1"] = /^LF:(\d+)$/m.exec(record) ?? [];
    const [, hit = "0"] = /^LH:(\d+)$/m.exec(record) ?? [];
    shares.set(file, Number(hit) / Number(found));
  }
  return shares;
}
