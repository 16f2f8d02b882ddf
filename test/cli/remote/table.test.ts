/** Tables for a terminal. */
import { expect, test } from "bun:test";
import { toTable } from "../../../src/cli/remote/table.ts";

test("columns are as wide as their widest text, counted as a terminal shows it", () => {
  const rows = [
    { name: "a", text: "木" },
    { name: "long", text: "" },
  ];
  expect(
    toTable(
      [
        ["N", ({ name }) => name],
        ["T", ({ text }) => text],
        ["E", () => "x"],
      ],
      rows,
    ),
  ).toBe("N     T   E\na     木  x\nlong      x\n");
});

test("what would move the cursor is a space", () => {
  expect(toTable([["A", (row: string) => row]], ["a\u001B[2J\nb\u202Ec"])).toBe(
    "A\na [2J b c\n",
  );
});
