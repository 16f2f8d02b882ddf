/** Dependencies: exact versions, each with its reason. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };

const { dependencies, devDependencies } = packageJson;

test.each(Object.entries({ ...dependencies, ...devDependencies }))(
  "the dependency %s has the exact version %s",
  (_, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  },
);

test("the README says what each dependency of the executable is for and names no other", () => {
  const readme = readFileSync(join(import.meta.dir, "../README.md"), "utf8");
  const [, section = ""] = readme.split("### Dependencies\n");
  const rows = section
    .split("\n## ")[0]
    ?.matchAll(/^\| (?!library|-)(.+?) +\| (.+?) +\|$/gm);
  const named = [...(rows ?? [])].flatMap(([, names = "", reason = ""]) => {
    expect(reason).not.toBe("");
    return names
      .split(", ")
      .map((name) => name.replace(/^\[(.+)\]\(.+\)$/, "$1"));
  });
  expect(named.toSorted()).toEqual(Object.keys(dependencies).toSorted());
});
