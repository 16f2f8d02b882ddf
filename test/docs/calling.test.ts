/** The pages for callers name everything that a caller can meet: error codes, members of a run, and routes. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NEEDS } from "../../src/http/gate/rules.ts";
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

test("docs/calling.md and docs/callbacks.md name every route of the API", () => {
  const pages = calling + read("docs/callbacks.md");
  const routes = Object.keys(NEEDS)
    .filter((route) => / \/(?:api|health)\//.test(route))
    .map((route) => route.replaceAll(/:(\w+)/g, "{$1}"));
  expect(routes.length).toBeGreaterThan(10);
  expect(routes.filter((route) => !pages.includes(route))).toEqual([]);
});
