/** The lines around a mistake. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { toCodeFrame } from "../../src/catalog/code-frame.ts";
import { makeFolder } from "./folder.ts";

test("the line is marked, and its column below it, also behind tabs", () => {
  using folder = makeFolder({ "a.ts": "one\ntwo\n\tthree = ;\nfour\nfive\n" });
  const file = join(folder.path, "a.ts");
  expect(toCodeFrame({ file, line: 3, column: 10 })?.split("\n")).toEqual([
    "  1 | one",
    "  2 | two",
    "> 3 | \tthree = ;",
    "    | \t        ^",
    "  4 | four",
  ]);
  expect(toCodeFrame({ file, line: 1 })?.split("\n")).toEqual([
    "> 1 | one",
    "  2 | two",
  ]);
});

test("there is no frame without a line, beyond the end, or of a file that cannot be read", () => {
  using folder = makeFolder({ "a.ts": "one\n" });
  const file = join(folder.path, "a.ts");
  expect(toCodeFrame({ file })).toBeUndefined();
  expect(toCodeFrame({ file, line: 2 })).toBeUndefined();
  expect(toCodeFrame({ file: folder.path, line: 1 })).toBeUndefined();
});
