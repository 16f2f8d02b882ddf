/** The files that say how to run the executable: they name what there is. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OptionSet } from "../src/cli/options/option.ts";
import { serveOptions } from "../src/cli/options/groups/serve-options.ts";
import { EXECUTABLE, makeTemporaryFolder } from "./server.ts";

const read = (path: string) =>
  readFileSync(join(import.meta.dir, "..", path), "utf8");

const variables = Object.values<OptionSet[string]>(serveOptions).flatMap(
  ({ variable }) => variable ?? [],
);

test.each(["Dockerfile", "deploy/actiond.service", "docs/operations.md"])(
  "%s names only variables that the executable reads",
  (path) => {
    const names = read(path).match(/ACTIOND_[A-Z_]+/g) ?? [];
    expect(names.length).toBeGreaterThan(0);
    expect(variables).toEqual(expect.arrayContaining(names));
  },
);

const canVerify = Bun.which("systemd-analyze") !== null;

test.skipIf(!canVerify)("systemd accepts the unit as it is", async () => {
  const unit = read("deploy/actiond.service");
  const file = join(makeTemporaryFolder(), "actiond.service");
  await Bun.write(file, unit.replace("/usr/local/bin/actiond", EXECUTABLE));
  const { exitCode, stdout, stderr } = Bun.spawnSync([
    "systemd-analyze",
    "verify",
    file,
  ]);
  expect(`${String(stdout)}${String(stderr)}`).toBe("");
  expect(exitCode).toBe(0);
});
