/** Moments, durations, sizes, lists and logs as the console shows them. */
import { expect, test } from "bun:test";
import type {
  LogLine,
  RunEvent,
  RunSummary,
} from "../../src/console/api/objects.ts";
import { toCount, toSize } from "../../src/console/format/amounts.ts";
import { toDuration, toRelative } from "../../src/console/format/time.ts";
import {
  filterLines,
  mergeLines,
  parseLines,
} from "../../src/console/run/log-lines.ts";
import { toSteps } from "../../src/console/run/steps.ts";
import {
  isFiltering,
  isRunId,
  parseFilter,
  toListPath,
  toSearch,
} from "../../src/console/runs/filter.ts";
import { mergeRuns } from "../../src/console/runs/merge-runs.ts";

test.each([
  [0, "0 ms"],
  [0.42, "0.4 ms"],
  [12.4, "12 ms"],
  [999.6, "1.00 s"],
  [1234, "1.23 s"],
  [9996, "10.0 s"],
  [59_940, "59.9 s"],
  [61_000, "1 min 1 s"],
  [120_000, "2 min"],
  [3_840_000, "1 h 4 min"],
  [90_000_000, "1 d 1 h"],
])("%d ms are shown as %s", (ms, text) => {
  expect(toDuration(ms)).toBe(text);
});

test.each([
  [1000, "just now"],
  [42_000, "42 s ago"],
  [180_000, "3 min ago"],
  [7_200_000, "2 h ago"],
  [86_400_000, "1 day ago"],
  [-1000, "in a moment"],
  [-600_000, "in 10 min"],
])("%d ms later, a moment is %s", (ms, text) => {
  expect(toRelative(ms)).toBe(text);
});

test.each([
  [1, "1 byte"],
  [999, "999 bytes"],
  [1500, "1.5 KB"],
  [182_736, "183 KB"],
  [999_900, "1.0 MB"],
  [48_123_904, "48 MB"],
])("%d bytes are shown as %s", (bytes, text) => {
  expect(toSize(bytes)).toBe(text);
});

test("what is counted is named in the right number", () => {
  expect(toCount(1, "run")).toBe("1 run");
  expect(toCount(1200, "run")).toBe("1,200 runs");
  expect(toCount(2, "run was", "runs were")).toBe("2 runs were");
});

test("a filter survives the way into the URL and back; what means nothing is left out", () => {
  const filter = parseFilter(
    "?status=failed&status=odd&status=queued&package=shop&action=order&request_id=a%20b&before=12",
  );
  expect(filter).toEqual({
    states: ["queued", "failed"],
    package: "shop",
    action: "order",
    requestId: "a b",
    before: 12,
  });
  expect(parseFilter(toSearch(filter))).toEqual(filter);
  expect(toListPath(filter)).toStartWith(
    `/api/runs${toSearch(filter)}&limit=50&fields=id&`,
  );
  expect(parseFilter("?before=x")).toEqual({ states: [] });
  expect(toSearch({ states: [] })).toBe("");
});

test("a page that is not the newest is no filter", () => {
  expect(isFiltering({ states: [], before: 12 })).toBe(false);
  expect(isFiltering({ states: ["failed"] })).toBe(true);
});

test("only the id of a run is taken for one", () => {
  expect(isRunId(Bun.randomUUIDv7())).toBe(true);
  expect(isRunId(crypto.randomUUID())).toBe(false);
  expect(isRunId("order-1")).toBe(false);
});

const makeRun = (number: number, state = "running") =>
  ({
    id: `run-${number}`,
    numbered_id: number,
    state,
    created_time: "2026-11-24T18:00:00.000Z",
    start_time: "2026-11-24T18:00:01.500Z",
    finish_time: null,
    run_time: null,
  }) as RunSummary;

test("while somebody reads, runs change in their places and new ones wait", () => {
  const before = [makeRun(2), makeRun(1)];
  const loaded = [makeRun(3), makeRun(2, "passed")];
  expect(mergeRuns(before, loaded, true)).toEqual({
    runs: [makeRun(2, "passed"), makeRun(1)],
    waitingCount: 1,
  });
  expect(mergeRuns(before, loaded, false)).toEqual({
    runs: loaded,
    waitingCount: 0,
  });
  expect(mergeRuns(undefined, loaded, true).runs).toEqual(loaded);
});

const line = (seq: number, level: string, message: string): LogLine => ({
  seq,
  level,
  message,
  time: "2026-11-24T18:00:00Z",
});

test("lines that were loaded and came live are there once, in order", () => {
  const event = {
    ...line(2, "info", "live"),
    name: "log",
    run_id: "",
  } as unknown as RunEvent;
  const merged = mergeLines(
    [line(3, "info", "last"), line(2, "info", "loaded")],
    [event, { name: "progress", run_id: "", time: "" }],
  );
  expect(merged.map(({ message }) => message)).toEqual(["live", "last"]);
});

test("a log that is still being written is read up to its last whole line", () => {
  const text = `${JSON.stringify(line(1, "info", "whole"))}\n\n{"seq":2,"mess`;
  expect(parseLines(text)).toEqual([line(1, "info", "whole")]);
});

test("lines are found by text in any case, in fields and stacks too, from a level on", () => {
  const lines = [
    { ...line(1, "debug", "a"), fields: { order: "Needle" } },
    { ...line(2, "error", "b"), stack: "at needle (x.ts:1)" },
    line(3, "info", "NEEDLE"),
    line(4, "fatal", "other"),
  ];
  const find = (level: "debug" | "warn", text: string) =>
    filterLines(lines, { level, text }).map(({ seq }) => seq);
  expect(find("debug", "needle")).toEqual([1, 2, 3]);
  expect(find("warn", "needle")).toEqual([2]);
  expect(find("warn", "")).toEqual([2, 4]);
});

test("the steps of a run are told in order, from the run and from its events", () => {
  const run = {
    ...makeRun(1, "failed"),
    finish_time: "2026-11-24T18:00:03.000Z",
    run_time: 1.5,
  };
  const at = (second: string) => `2026-11-24T18:00:${second}Z`;
  const steps = toSteps(run, [
    { name: "log", run_id: "", time: at("02.000") },
    {
      name: "callback_attempt",
      run_id: "",
      time: at("05.000"),
      status: 200,
      error: null,
    },
    { name: "owed", run_id: "", time: at("04.000") },
    {
      name: "attempt_failed",
      run_id: "",
      time: at("02.000"),
      attempt: 1,
      error: { message: "No luck." },
    },
    { name: "detached", run_id: "", time: at("01.000") },
    { name: "unheard", run_id: "", time: at("01.100") },
  ]);
  expect(steps.map(({ text, detail }) => [text, detail])).toEqual([
    ["Accepted", undefined],
    [
      "Detached",
      "The caller was told that the run continues in the background.",
    ],
    ["Unheard", "The caller's connection broke."],
    ["Started", "after 1.50 s in the queue"],
    ["Attempt 1 failed", "No luck."],
    ["Failed", "ran for 1.50 s"],
    ["Callback due", undefined],
    ["Callback delivered", "answered 200"],
  ]);
});

test("a run that never started has no step that says it did", () => {
  const run = {
    ...makeRun(1, "cancelled"),
    start_time: "",
    finish_time: "2026-11-24T18:00:03.000Z",
  };
  expect(toSteps(run, []).map(({ text, detail }) => [text, detail])).toEqual([
    ["Accepted", undefined],
    ["Cancelled", "It never started."],
  ]);
});
