/** What the measurements are to reach, and whether they do. */
import { type Cell, middle, type Table, toText } from "./figures.ts";

type Find = (table: string, row: string, column: string) => number;

interface Goal {
  readonly name: string;
  readonly goal: string;
  /** NaN where it was not measured. */
  readonly measure: (find: Find) => number;
  readonly isReached: (measured: number) => boolean;
  /** What stands in the way of it. */
  readonly obstacle: string;
}

const BARE = "a bare Elysia route";
const FULL = "waiting, full";
const NORMAL = "waiting, normal";
const ASYNC = "not waiting, full";
const AWAITS = "an action that awaits, normal";
const at = (count: number) =>
  `Runs a second, ${count} connection${count === 1 ? "" : "s"}`;

const LOOP =
  "Bun takes 10 µs for the socket, the request and the reply of either route. Beyond that, the profile is flat: headers, body, checks, a row, and 12 promises.";
const CORES =
  "The server, the thread of its store and the load generator share two cores.";

const atLeast = (least: number) => (measured: number) => measured >= least;
const atMost = (most: number) => (measured: number) => measured <= most;

const LOOP_SHARES = [
  [FULL, 0.62],
  [NORMAL, 0.72],
  [ASYNC, 0.6],
  [AWAITS, 0.55],
] as const;
const SHARES = [
  [32, FULL, 0.45],
  [32, NORMAL, 0.58],
  [32, ASYNC, 0.42],
  [128, FULL, 0.65],
  [128, NORMAL, 0.78],
  [128, ASYNC, 0.58],
] as const;
const STARTS = [
  ["1,000", 110],
  ["1,000,000", 150],
  ["10,000,000", 200],
] as const;

const GOALS: readonly Goal[] = [
  ...LOOP_SHARES.map(([row, least]) => ({
    name: `bare event loop time over that of a run, 32 connections: ${row}`,
    goal: `at least ${least}`,
    measure: (find: Find) => find(at(32), row, "event loop of bare"),
    isReached: atLeast(least),
    obstacle: LOOP,
  })),
  ...SHARES.map(([count, row, least]) => ({
    name: `requests a second of bare, ${count} connections: ${row}`,
    goal: `at least ${least}`,
    measure: (find: Find) => find(at(count), row, "of bare"),
    isReached: atLeast(least),
    obstacle: CORES,
  })),
  ...(
    [
      [NORMAL, 0.1],
      [FULL, 0.2],
    ] as const
  ).map(([row, most]) => ({
    name: `p50 over bare in ms, 1 connection: ${row}`,
    goal: `at most ${most}`,
    measure: (find: Find) =>
      find(at(1), row, "p50 ms") - find(at(1), BARE, "p50 ms"),
    isReached: atMost(most),
    obstacle:
      "A run is handed to the thread of the store and back, and with `full` waits for one flush to the disk.",
  })),
  {
    name: "flushes to the disk on the event loop",
    goal: "0",
    measure: (find) => find("Flushes to the disk", "the event loop", "flushes"),
    isReached: atMost(0),
    obstacle: "",
  },
  {
    name: "runs accepted, run and called back, a second",
    goal: "at least 8,000",
    measure: (find) =>
      find("Accepted, run and called back", "whole rounds", "per second"),
    isReached: atLeast(8000),
    obstacle:
      "A callback is two more writes, and its request costs the event loop more than the run. The receiver and the load generator share the two cores.",
  },
  ...["poll p99 ms", "cancel p99 ms"].map((column) => ({
    name: `${column} beside 1,000 waiting callers`,
    goal: "at most 10",
    measure: (find: Find) =>
      find("Beside waiting callers", "1,000 callers wait", column),
    isReached: atMost(10),
    obstacle: "",
  })),
  {
    name: "KB for each of 10,000 waiting callers",
    goal: "at most 12",
    measure: (find) =>
      find("Beside waiting callers", "10,000 callers wait", "KB each"),
    isReached: atMost(12),
    obstacle:
      "Bun keeps 3 KB of it for the connection and the request. The run and all that waits for it are 6 KB of objects, about a hundred, and the rest is what the allocator has not given back.",
  },
  ...STARTS.map(([count, most]) => ({
    name: `start to first answer in ms, ${count} kept runs`,
    goal: `at most ${most}`,
    measure: (find: Find) =>
      find(
        "Starting with kept runs",
        `${count} kept runs`,
        "start to first answer ms",
      ),
    isReached: atMost(most),
    obstacle: "Most of it is loading the program and the actions.",
  })),
  ...["1,000,000", "10,000,000"].flatMap((count) => [
    {
      name: `slowest p99 of all lists and look-ups in ms, ${count} kept runs`,
      goal: "at most 10",
      measure: (find: Find) =>
        find("Lists of kept runs", `${count} kept runs: *`, "p99 ms"),
      isReached: atMost(10),
      obstacle: "A page of 1,000 runs has half a megabyte of JSON.",
    },
    {
      name: `p99 of others beside them in ms, ${count} kept runs`,
      goal: "at most 2",
      measure: (find: Find) =>
        find("Lists of kept runs", `${count} kept runs: *`, "others p99 ms"),
      isReached: atMost(2),
      obstacle:
        "The replies are made on the event loop: a page of 1,000 runs holds it for some milliseconds.",
    },
  ]),
  {
    name: "p99 beside retention of 100,000 runs, of that without it",
    goal: "at most 1.1",
    measure: (find) =>
      find("Beside retention", "100,000 old runs are deleted", "p99 ms") /
      find("Beside retention", "nothing to delete", "p99 ms"),
    isReached: atMost(1.1),
    obstacle:
      "Each step of deleting is a transaction of the same thread, for which the next batch of runs waits.",
  },
  {
    name: "idle memory in MB",
    goal: "at most 60",
    measure: (find) => find("Memory", "before the first run", "memory MB"),
    isReached: atMost(60),
    obstacle: "Bun itself takes 40 MB, and the code of the program the rest.",
  },
  {
    name: "bytes allocated a run",
    goal: "at most 7,350, half of what it was",
    measure: (find) => find("Garbage", "waiting", "bytes a run"),
    isReached: atMost(7350),
    obstacle:
      "The bare route allocates 2,600. About 1,300 of it are in the thread of the store, and the rest is spread over the objects that `test/http/run-cost.test.ts` counts.",
  },
];

/** @param tables of all sections that were measured */
export function toGoals(tables: readonly Table[]): Table {
  return {
    name: "Goals",
    about: "Medians of what follows.",
    rows: GOALS.map(({ name, goal, measure, isReached, obstacle }) => {
      const measured = measure((...place) => findValue(tables, ...place));
      const isKnown = !Number.isNaN(measured);
      const reached = isReached(measured) ? "yes" : "no";
      const cells: Record<string, Cell> = {
        goal,
        measured: isKnown ? toText(measured) : "not measured",
        reached: isKnown ? reached : "",
        "what stands in the way": isKnown && reached === "no" ? obstacle : "",
      };
      return { name, cells };
    }),
  };
}

/** @param row its name; with `*` at its end, the largest value of all rows that begin so */
function findValue(
  tables: readonly Table[],
  table: string,
  row: string,
  column: string,
): number {
  const values = tables
    .filter(({ name }) => name === table)
    .flatMap(({ rows }) => rows)
    .filter(({ name }) =>
      row.endsWith("*") ? name.startsWith(row.slice(0, -1)) : name === row,
    )
    .map(({ cells }) => middle(cells[column]));
  return values.length === 0 ? Number.NaN : Math.max(...values);
}
