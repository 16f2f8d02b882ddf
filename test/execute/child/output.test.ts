/** What children print, and how much of the server's time that may take. */
import { expect, test } from "bun:test";
import { relayOutput } from "../../../src/execute/child/output.ts";
import type { Log } from "../../../src/log.ts";

function openLog() {
  const lines: string[] = [];
  const write = (message: string, fields?: object) => {
    // About what a log does with a line.
    lines.push(JSON.stringify({ message, ...fields }));
  };
  const log: Log = {
    debug: write,
    info: write,
    warn: write,
    error: write,
    child: () => log,
  };
  return { log, lines };
}

test("a flood of lines leaves the event loop to others, and none of them is lost", async () => {
  const { log, lines } = openLog();
  const lineCount = 50_000;
  const stream = new Response("y\n".repeat(lineCount)).body;
  let turnCount = 0;
  const turns = setInterval(() => (turnCount += 1), 1);
  await relayOutput({ stream: stream!, level: "info" }, log, () => ({
    run_id: "1",
  }));
  clearInterval(turns);
  expect(lines).toHaveLength(lineCount);
  expect(turnCount).toBeGreaterThan(20);
});

test("output without line breaks is cut into lines", async () => {
  const { log, lines } = openLog();
  const stream = new Response("y".repeat(3 * 1024 * 1024)).body;
  await relayOutput({ stream: stream!, level: "info" }, log, () => ({}));
  expect(lines.length).toBeGreaterThanOrEqual(1);
  for (const line of lines) expect(line.length).toBeLessThan(66_000);
});

test("a line of a child cannot name another run than the one that the server knows", async () => {
  const { log, lines } = openLog();
  const line = { level: "info", message: "hi", run_id: "forged", kept: 1 };
  const stream = new Response(`${JSON.stringify(line)}\n`).body;
  await relayOutput({ stream: stream!, level: "info" }, log, () => ({
    run_id: "own",
  }));
  expect(lines.map((each) => JSON.parse(each))).toEqual([
    { message: "hi", run_id: "own", kept: 1 },
  ]);
});
