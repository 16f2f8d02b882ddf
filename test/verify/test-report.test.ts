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
  expect(report.passCount).toBe(3);
  expect(report.failures).toEqual([
    { file: "test/b.test.ts", title: "a wall stands" },
  ]);
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

test("an error outside of any test is a failure of its file, whatever passes after it", () => {
  const { report, shown } = read(`test/a.test.ts:

# Unhandled error between tests
-------------------------------
error: Cannot find module './nothing.ts' from '/test/a.test.ts'
-------------------------------

test/b.test.ts:
(pass) a wall stands [1.00ms]

 1 pass
 1 fail`);
  expect(report.failures).toEqual([
    { file: "test/a.test.ts", title: "an error outside of any test" },
  ]);
  expect(shown.join()).toContain("Cannot find module './nothing.ts'");
});

test("a process that ends with its file is a failure that says after which test it ended", () => {
  const { report, shown } = read(`test/a.test.ts:
(pass) a room > a door opens [2.50ms]
✗ test/a.test.ts (worker crashed: SIGKILL)
✗ test/b.test.ts (worker crashed: SIGSEGV)

 1 pass
 2 fail`);
  expect(report.failures).toEqual([
    {
      file: "test/a.test.ts",
      title:
        'its process ended after "a room > a door opens": worker crashed: SIGKILL',
    },
    {
      file: "test/b.test.ts",
      title: "its process ended before its first test: worker crashed: SIGSEGV",
    },
  ]);
  expect(shown).toHaveLength(2);
});
