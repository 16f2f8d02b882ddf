/** Results as they are printed. */
import { expect, test } from "bun:test";
import { showResult } from "../../../src/cli/run/show-result.ts";

test("a result is indented for people, and stays as it is for programs", () => {
  expect(showResult('{"a":[1]}', true)).toBe('{\n  "a": [\n    1\n  ]\n}\n');
  expect(showResult('{"a":[1]}', false)).toBe('{"a":[1]}\n');
});
