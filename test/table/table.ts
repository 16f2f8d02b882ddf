/** The table: every verb, in every state of a run, wherever its code runs, and what must come of it. */

export const STATES = [
  "queued",
  "starting",
  "running",
  "backing off",
  "just finished",
  "finished",
] as const;
export type State = (typeof STATES)[number];

export const VERBS = [
  "cancel",
  "second cancel",
  "run deadline",
  "start deadline",
  "disconnect-cancel",
  "server stop",
] as const;
export type Verb = (typeof VERBS)[number];

/** Where code runs, and how it takes being told to stop: the action that does so. */
export const PLACES = {
  "in-process, cooperative": "in-process/cooperative",
  "in-process, deaf": "in-process/deaf",
  "process, cooperative": "process/cooperative",
  "process, deaf": "process/deaf",
  "process, blocked natively": "process/blocked",
} as const;
export type Place = keyof typeof PLACES;
export const PLACE_NAMES = Object.keys(PLACES) as Place[];

export const CALLERS = ["waits", "detached"] as const;
/** Waits for the outcome, or was told "async-return" at once. */
export type Caller = (typeof CALLERS)[number];

/** `passed`, or the status and the code of the error. */
export type Recorded =
  | "passed"
  | "cancelled run_cancelled"
  | "cancelled interrupted"
  | "failed run_timed_out"
  | "failed start_timed_out";

/** What must come of a verb in a state. */
export interface Cell {
  /** What the requests to cancel are answered. */
  readonly answers?: readonly ("cancelled" | "not-running")[];
  /** How the run is recorded, for ever: its code's own end, which comes later, changes nothing. */
  readonly recorded: Recorded;
  /** What the waiting caller hears, where it is not what goes with `recorded`. It is called back, then. */
  readonly reply?: "broken" | "503 shutting_down";
  /** The verb ends a run whose code has begun: deaf code then keeps the slot. */
  readonly stopsCode?: true;
}

/** What a waiting caller hears of each way to end. */
export const REPLIES: Readonly<Record<Recorded, string>> = {
  passed: "200",
  "cancelled run_cancelled": "409 run_cancelled",
  "cancelled interrupted": "503 interrupted",
  "failed run_timed_out": "504 run_timed_out",
  "failed start_timed_out": "503 start_timed_out",
};

/** Cells that cannot be, each with the reason. What is not named holds for all. */
export const IMPOSSIBLE: readonly {
  readonly verb: Verb;
  readonly caller: Caller;
  readonly because: string;
}[] = [
  {
    verb: "disconnect-cancel",
    caller: "detached",
    because: "It was answered: no connection of it is left that could break.",
  },
];

const CANCELLED = "cancelled run_cancelled";
const untouched: Cell = { recorded: "passed" };
const cancelled: Cell = { answers: ["cancelled"], recorded: CANCELLED };
const cancelledOnce: Cell = {
  answers: ["cancelled", "not-running", "not-running"],
  recorded: CANCELLED,
};
const tooLate: Cell = { answers: ["not-running"], recorded: "passed" };
const tooLateTwice: Cell = {
  answers: ["not-running", "not-running", "not-running"],
  recorded: "passed",
};
const disconnected: Cell = { recorded: CANCELLED, reply: "broken" };
/** Its caller is released, and it runs when the server is back. */
const postponed: Cell = { recorded: "passed", reply: "503 shutting_down" };

export const TABLE: Readonly<Record<State, Readonly<Record<Verb, Cell>>>> = {
  queued: {
    cancel: cancelled,
    "second cancel": cancelledOnce,
    // This clock stands still in the queue.
    "run deadline": untouched,
    "start deadline": { recorded: "failed start_timed_out" },
    "disconnect-cancel": disconnected,
    "server stop": postponed,
  },
  starting: {
    cancel: cancelled,
    "second cancel": cancelledOnce,
    "run deadline": untouched,
    // It has had its turn: it is queued no more.
    "start deadline": untouched,
    "disconnect-cancel": disconnected,
    "server stop": { recorded: "cancelled interrupted" },
  },
  running: {
    cancel: { ...cancelled, stopsCode: true },
    "second cancel": { ...cancelledOnce, stopsCode: true },
    "run deadline": { recorded: "failed run_timed_out", stopsCode: true },
    "start deadline": untouched,
    "disconnect-cancel": { ...disconnected, stopsCode: true },
    "server stop": { recorded: "cancelled interrupted", stopsCode: true },
  },
  "backing off": {
    cancel: cancelled,
    "second cancel": cancelledOnce,
    // This clock runs through all attempts and between them.
    "run deadline": { recorded: "failed run_timed_out" },
    "start deadline": untouched,
    "disconnect-cancel": disconnected,
    "server stop": postponed,
  },
  "just finished": {
    cancel: tooLate,
    "second cancel": tooLateTwice,
    "run deadline": untouched,
    "start deadline": untouched,
    // Nobody has heard that it passed.
    "disconnect-cancel": { recorded: "passed", reply: "broken" },
    "server stop": untouched,
  },
  finished: {
    cancel: tooLate,
    "second cancel": tooLateTwice,
    "run deadline": untouched,
    "start deadline": untouched,
    "disconnect-cancel": untouched,
    "server stop": untouched,
  },
};
