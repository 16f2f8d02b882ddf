/** What children print, and how much of the server's time that may take. */
import { expect, test } from "bun:test";
import { relayOutput } from "../../../src/execute/child/output.ts";
import { MARK } from "../../../src/execute/child/child-reports.ts";

function openLog() {
  const lines: string[] = [];
  let markCount = 0;
  return {
    lines,
    get markCount() {
      return markCount;
    },
    onLine: ({ message, fields }: { message: string; fields: object }) => {
      // About what a log does with a line.
      lines.push(JSON.stringify({ message, ...fields }));
    },
    onMark: () => {
      markCount += 1;
    },
  };
}

test("a flood of lines leaves the event loop to others, and none of them is lost", async () => {
  const log = openLog();
  const { lines } = log;
  const lineCount = 50_000;
  const stream = new Response("y\n".repeat(lineCount)).body;
  let turnCount = 0;
  const turns = setInterval(() => (turnCount += 1), 1);
  await relayOutput({ stream: stream!, level: "info" }, log);
  clearInterval(turns);
  expect(lines).toHaveLength(lineCount);
  expect(turnCount).toBeGreaterThan(5);
});

test("output without line breaks is cut into lines", async () => {
  const log = openLog();
  const { lines } = log;
  const stream = new Response("y".repeat(3 * 1024 * 1024)).body;
  await relayOutput({ stream: stream!, level: "info" }, log);
  expect(lines.length).toBeGreaterThanOrEqual(1);
  for (const line of lines) expect(line.length).toBeLessThan(66_000);
});

test("lines of a child's log keep their fields, and marks are no lines", async () => {
  const log = openLog();
  const line = { level: "info", message: "hi", kept: 1 };
  const text = `${JSON.stringify(line)}\n${MARK}\n`;
  const stream = new Response(text).body;
  await relayOutput({ stream: stream!, level: "info" }, log);
  expect(log.lines.map((each) => JSON.parse(each))).toEqual([
    { message: "hi", kept: 1 },
  ]);
  expect(log.markCount).toBe(1);
});
