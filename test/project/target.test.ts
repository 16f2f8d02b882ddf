/** The systems that executables are built for. */
import { expect, test } from "bun:test";
import {
  ownTarget,
  TARGET_NAMES,
  toBunTarget,
} from "../../src/project/target.ts";

test("this machine is one of the targets", () => {
  expect(TARGET_NAMES).toContain(ownTarget());
  expect(ownTarget()).toStartWith(`${process.platform}-${process.arch}`);
});

test.each(TARGET_NAMES)("Bun has a name for %s", (name) => {
  expect(toBunTarget(name)).toBe(`bun-${name}`);
});
