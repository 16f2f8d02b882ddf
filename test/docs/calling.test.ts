/** The page for callers names everything that a caller can meet: error codes and members of a run. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runObject } from "../../src/http/runs/run-object.ts";

const read = (path: string) =>
  readFileSync(join(import.meta.dir, "../..", path), "utf8");
const calling = read("docs/calling.md");

test("docs/calling.md explains every error code", () => {
  // Types leave nothing behind to import.
  const codes = read("src/errors.ts").match(/(?<=^ {2}\| ")\w+(?=")/gm) ?? [];
  expect(codes.length).toBeGreaterThan(30);
  expect(codes.filter((code) => !calling.includes(`\`${code}\``))).toEqual([]);
});

test("docs/calling.md explains every member of the run object", () => {
  const members = Object.keys(runObject.properties);
  expect(members.filter((name) => !calling.includes(`\`${name}\``))).toEqual(
    [],
  );
});
