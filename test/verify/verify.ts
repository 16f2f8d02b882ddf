/**
 * Runs every check, the build and the tests of a checkout, and ends with how many passed and failed: `bun run verify`.
 * With `--timings` it also says how long the slowest files took, and writes that down for the order of the next runs.
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundleThreads } from "./bundled-threads.ts";
import { makeRunFolder } from "./run-folder.ts";
import { runStep, say, type Step } from "./step.ts";
import {
  type Cluster,
  findPostgres,
  SHARED,
  startCluster,
} from "../postgres.ts";
import { TestReport } from "./test-report.ts";

const CHECKS: readonly Step[] = [
  { name: "build", command: ["run", "build"] },
  { name: "types", command: ["check"] },
  { name: "console", command: ["check", "-p", "src/console"] },
  { name: "docs", command: ["check", "-p", "src/http/openapi/page"] },
  { name: "format", command: ["fmt", "--check"] },
  { name: "lint", command: ["run", "lint"] },
  { name: "unused", command: ["run", "knip"] },
];
/** The machines this must be quick on have two cores. */
const LANE_COUNT = 2;
/** One more than the cores, because many tests wait for clocks and other processes. */
const TEST_PROCESS_COUNT = 3;
/** A machine that is busy with other things takes several times as long. */
const TEST_TIMEOUT_MS = 30_000;
/** How many milliseconds each file takes: the slowest are run first, so that none is left to run alone at the end. */
const TIMINGS = join(import.meta.dir, "timings.json");
const { timings: isTimed } = parseArgs({
  options: { timings: { type: "boolean", default: false } },
}).values;
const TESTS: Step = {
  name: "tests",
  command: [
    "test",
    `--parallel=${TEST_PROCESS_COUNT}`,
    // A global object of its own for each file would cost a tenth of all time, and modules could not be loaded again in it.
    "--no-isolate",
    `--timeout=${TEST_TIMEOUT_MS}`,
    `--preload=${join(import.meta.dir, "bundled-threads.ts")}`,
    `--timings=${TIMINGS}`,
    ...(isTimed ? ["--update-timings"] : []),
  ],
};
const SAY_MS = 10_000;
const SLOWEST_COUNT = 10;
const SLOWEST_FILE_COUNT = 30;
/** Of what `bun test` has written, where nothing else says what went wrong. */
const LAST_LINE_COUNT = 100;

const fileCount = [...new Bun.Glob("test/**/*.test.ts").scanSync()].length;
console.log(
  `${CHECKS.length} checks, then the tests of ${fileCount} files in ${TEST_PROCESS_COUNT} processes. This takes about three minutes.`,
);
const failedCheckCount = await runChecks();
const report = new TestReport();
const folder = makeRunFolder();
process.env["TMPDIR"] = folder;
await bundleThreads(join(folder, "threads"));
const cluster = await shareCluster();
await runTests(report);
cluster?.[Symbol.dispose]();
rmSync(folder, { recursive: true, force: true });
if (isTimed) sayTimings();
for (const { ms, title, file } of report.slowest(SLOWEST_COUNT))
  console.log(`${(ms / 1000).toFixed(1).padStart(6)} s  ${file}: ${title}`);
for (const { file, title } of report.failures)
  console.log(`FAILED ${file}: ${title}`);
finish(report.passCount, report.failures.length + failedCheckCount);

/** The lanes share the iterator: each check is run by the lane that is free first. @returns how many failed */
async function runChecks(): Promise<number> {
  const waiting = CHECKS.values();
  const failed: string[] = [];
  const runLane = async () => {
    for (const step of waiting) {
      const { isPassed: isGood, output } = await runStep(step);
      if (isGood) continue;
      failed.push(step.name);
      console.log(output);
    }
  };
  await Promise.all(Array.from({ length: LANE_COUNT }, runLane));
  if (failed.includes("build")) {
    console.log("The tests are not run: they would meet an old executable.");
    finish(0, failed.length);
  }
  return failed.length;
}

/** Starts PostgreSQL for all test processes, where it is installed. */
async function shareCluster(): Promise<Cluster | undefined> {
  if (findPostgres() === undefined) {
    console.log(
      "PostgreSQL is not installed: the tests of fleets are skipped.",
    );
    return undefined;
  }
  const started = await startCluster();
  process.env[SHARED] = started.url;
  return started;
}

/** Says how far the tests are now and then, and at once when one fails. */
async function runTests(into: TestReport): Promise<void> {
  const startedAt = performance.now();
  const timer = setInterval(() => {
    say(
      TESTS.name,
      startedAt,
      `${into.passCount} passed, ${into.failures.length} failed, ${into.files.size} of ${fileCount} files, now ${into.file}`,
    );
  }, SAY_MS);
  const { isPassed, output, verdict } = await runStep(TESTS, (line) => {
    const failure = into.read(line);
    if (failure !== undefined) console.log(failure);
  });
  clearInterval(timer);
  const isWhole = into.summary.length > 0 && into.passCount > 0;
  if (isWhole && (isPassed || into.failures.length > 0)) return;
  const title = isWhole
    ? `no test failed, and yet \`bun test\` ${verdict}`
    : `\`bun test\` ${verdict} without a summary, after ${into.files.size} of ${fileCount} files`;
  console.log(output.split("\n").slice(-LAST_LINE_COUNT).join("\n"));
  into.failures.push({ file: into.file, title });
}

function sayTimings(): void {
  const { files } = JSON.parse(readFileSync(TIMINGS, "utf8")) as {
    files: Record<string, number>;
  };
  const slowest = Object.entries(files).toSorted(([, a], [, b]) => b - a);
  for (const [file, ms] of slowest.slice(0, SLOWEST_FILE_COUNT))
    console.log(`${(ms / 1000).toFixed(1).padStart(6)} s  ${file}`);
}

function finish(passed: number, failed: number): never {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
