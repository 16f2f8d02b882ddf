import { expect, test } from "bun:test";
import { TestReport } from "./test-report.ts";

const WRITTEN = `bun test v1.4.5 (a7733435c) 2x PARALLEL

test/a.test.ts:
(pass) a room > a door opens [2.50ms]
(pass) a door closes

test/b.test.ts:
12 |   expect(1).toBe(2);
error: expect(received).toBe(expected)
(fail) a wall stands [1309.26ms]
(skip) a window is clean

test/a.test.ts:
(pass) a lamp is lit [7.00ms]

1 tests failed:
(fail) a wall stands [1309.26ms]

 3 pass
 1 fail`;

function read(text: string) {
  const report = new TestReport();
  const shown = text.split("\n").flatMap((line) => report.read(line) ?? []);
  return { report, shown };
}

test("a report counts every test once and knows where it is", () => {
  const { report } = read(WRITTEN);
  expect(report).toMatchObject({ passCount: 3, failCount: 1 });
  expect([...report.files]).toEqual(["test/a.test.ts", "test/b.test.ts"]);
  expect(report.summary.at(-1)).toBe(" 1 fail");
});

test("a failed test is shown with its file and what was written about it", () => {
  expect(read(WRITTEN).shown).toEqual([
    `test/b.test.ts:
12 |   expect(1).toBe(2);
error: expect(received).toBe(expected)
(fail) a wall stands [1309.26ms]`,
  ]);
});

test("the slowest tests come first, each with its file", () => {
  expect(read(WRITTEN).report.slowest(2)).toEqual([
    { file: "test/b.test.ts", title: "a wall stands", ms: 1309.26 },
    { file: "test/a.test.ts", title: "a lamp is lit", ms: 7 },
  ]);
});

test("what was written about no test is kept", () => {
  const { report } = read("test/a.test.ts:\nerror: Unhandled error");
  expect(report.rest).toBe("error: Unhandled error");
});
