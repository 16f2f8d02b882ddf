/** Runs every check, the build and the tests of a checkout, and ends with how many passed and failed: `bun run verify`. */

interface Step {
  readonly name: string;
  /** Arguments of `bun`. */
  readonly command: readonly string[];
}

interface Ended {
  readonly output: string;
  readonly isPassed: boolean;
}

const CHECKS: readonly Step[] = [
  { name: "build", command: ["run", "build"] },
  { name: "types", command: ["check"] },
  { name: "format", command: ["fmt", "--check"] },
  { name: "lint", command: ["run", "lint"] },
  { name: "unused", command: ["run", "knip"] },
];
/** A machine that is busy with other things takes several times as long. */
const TEST_TIMEOUT_MS = 30_000;
const TESTS: Step = {
  name: "tests",
  command: ["test", "--coverage", `--timeout=${TEST_TIMEOUT_MS}`],
};
/** The machines this must be quick on have two cores. */
const LANE_COUNT = 2;

const waiting = CHECKS.values();
const failedChecks: Step[] = [];
await Promise.all(Array.from({ length: LANE_COUNT }, runChecks));

if (failedChecks.some(({ name }) => name === "build")) {
  console.log("tests    not run: they would meet the executable of before");
  finish(0, failedChecks.length);
}
const tests = await run(TESTS);
const passCount = countTests(tests.output, "pass");
// Zero failures and yet not passed: a file below the coverage threshold, an error between tests, or no test at all.
const isFailed = !tests.isPassed || passCount === 0;
const failCount = Math.max(countTests(tests.output, "fail"), isFailed ? 1 : 0);
finish(passCount, failCount + failedChecks.length);

/** One lane: the lanes share the iterator, so each step is run by the lane that is free first. */
async function runChecks(): Promise<void> {
  for (const step of waiting) {
    const { isPassed } = await run(step);
    if (!isPassed) failedChecks.push(step);
  }
}

async function run({ name, command }: Step): Promise<Ended> {
  const startedAt = performance.now();
  const child = Bun.spawn([process.execPath, ...command], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [exitCode, ...texts] = await Promise.all([
    child.exited,
    child.stdout.text(),
    child.stderr.text(),
  ]);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const isPassed = exitCode === 0;
  const output = Bun.stripANSI(texts.join(""));
  if (!isPassed) console.log(output);
  const verdict = isPassed ? "passed" : `FAILED with exit code ${exitCode}`;
  console.log(`${name.padEnd(8)} ${seconds.padStart(6)} s  ${verdict}`);
  return { output, isPassed };
}

/** Reads the summary of `bun test`. The last match counts: a test may print such a line itself. */
function countTests(output: string, outcome: "pass" | "fail"): number {
  const matches = [...output.matchAll(/^ *(\d+) (pass|fail)$/gm)];
  const last = matches.findLast((match) => match[2] === outcome);
  return Number(last?.[1] ?? 0);
}

function finish(passed: number, failed: number): never {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
