/** Dependencies: exact versions, each with its reason. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };

const { dependencies, devDependencies } = packageJson;
const page = readFileSync(
  join(import.meta.dir, "../docs/dependencies.md"),
  "utf8",
);

test.each(Object.entries({ ...dependencies, ...devDependencies }))(
  "the dependency %s has the exact version %s",
  (_, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+(?:-[a-z]+\.\d+)?$/);
  },
);

test.each([
  ["In the executable", dependencies],
  ["For development", devDependencies],
])(
  'the section "%s" of docs/dependencies.md says what each dependency is for, and names no other',
  (title, expected) => {
    const [, section = ""] = page.split(`\n## ${title}\n`);
    const [table = ""] = section.split("\n## ");
    const rows = [...table.matchAll(/^\| \[(.+?)\]\(.+?\) +\| (.+?) +\|/gm)];
    const names = rows.map(([, name = ""]) => name);
    expect(names).toBeArrayOfSize(new Set(names).size);
    expect(new Set(names)).toEqual(new Set(Object.keys(expected)));
    for (const [, , reason] of rows) expect(reason).not.toBe("");
  },
);
