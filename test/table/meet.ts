/** Meets cells of the table: brings runs into a state, does to each what its verb says, and lets their code end after that. */
import { checkFree, checkStop, checkStopped } from "./checks.ts";
import { isIsolated, OTHERS, STOPS } from "./plan.ts";
import {
  type Asked,
  DRAIN_MS,
  openTableServer,
  type TableServer,
  TooSoonError,
} from "./table-server.ts";
import { BRING, type Held } from "./states.ts";
import { type State, TABLE } from "./table.ts";
import { act, see, type Seen, toExpected } from "./verbs.ts";

/** A deadline that is long enough to bring every run into its state before it on a machine that is idle. */
const FIRST_DEADLINE_MS = 400;
/** Where the database is locked, each run is refused a record in turn, for as long as SQLite waits for the lock. */
const LOCKED_DEADLINE_MS = 7000;
const LOCKED: ReadonlySet<State> = new Set(["starting", "just finished"]);

/** By cell. */
type AllSeen = Record<string, Seen>;

export function expected(state: State, asked: readonly Asked[]): AllSeen {
  const entries = asked.map((each) => [
    toKey(each),
    toExpected(TABLE[state][each.verb], each.caller),
  ]);
  return Object.fromEntries(entries) as AllSeen;
}

/** Meets every verb but the stop of the server, state after state, on one server. */
export class VerbTable implements AsyncDisposable {
  #server: TableServer | undefined;

  /** A machine that is busy gets longer deadlines, on a new server. */
  async meet(
    state: State,
    deadlineMs = LOCKED.has(state) ? LOCKED_DEADLINE_MS : FIRST_DEADLINE_MS,
  ): Promise<AllSeen> {
    const server = (this.#server ??= await openFor(OTHERS, { isWarm: true }));
    try {
      await server.beginState(deadlineMs);
      return await meetVerbs(server, state, deadlineMs);
    } catch (error) {
      this.#server = undefined;
      await server[Symbol.asyncDispose]();
      if (!(error instanceof TooSoonError)) throw error;
    }
    return await this.meet(state, deadlineMs * 5);
  }

  /** Stops the server that has met all states. */
  async stop(): Promise<void> {
    if (this.#server !== undefined) await checkStop(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }
}

async function meetVerbs(
  server: TableServer,
  state: State,
  deadlineMs: number,
): Promise<AllSeen> {
  const held = await within(deadlineMs, BRING[state](server, OTHERS));
  const before = server.children();
  const answers = held.runs.map((run) => act(run, server));
  await (held.isLocked ? server.untilDeadlinesPass() : Promise.all(answers));
  if (state === "running") await checkStopped(server, OTHERS, before);
  held.release();
  const seen = await seeAll(state, held, await Promise.all(answers), server);
  await checkFree(server, OTHERS.length);
  return seen;
}

/** @throws {TooSoonError} the runs are not in their state before the first deadline */
async function within(deadlineMs: number, bring: Promise<Held>): Promise<Held> {
  const { promise: tooSoon, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new TooSoonError(`${deadlineMs} ms are not enough.`));
  }, deadlineMs);
  try {
    return await Promise.race([bring, tooSoon]);
  } finally {
    clearTimeout(timer);
    // What waits for a state that does not come ends with the server.
    bring.catch(() => undefined);
  }
}

/** The stop of the server, and what there is after another start. */
export async function meetStop(state: State): Promise<AllSeen> {
  await using server = await openFor(STOPS, { isWarm: false });
  const held = await BRING[state](server, STOPS);
  const stopped = checkStop(server);
  if (held.isLocked) {
    // As long as the server lets running runs end, and longer: each refused write holds its event loop for 100 ms.
    await server.untilStopping();
    await Bun.sleep(DRAIN_MS * 10);
    held.release();
  }
  await stopped;
  held.release();
  await server.restart();
  return await seeAll(state, held, [], server);
}

function openFor(
  asked: readonly Asked[],
  options: { isWarm: boolean },
): Promise<TableServer> {
  const childCount = asked.filter(isIsolated).length;
  return openTableServer({ count: asked.length, childCount, ...options });
}

async function seeAll(
  state: State,
  { runs }: Held,
  answers: readonly (readonly string[])[],
  server: TableServer,
): Promise<AllSeen> {
  const wanted = expected(state, runs);
  const entries = runs.map(async (run, index) => {
    const key = toKey(run);
    const seen = await see(run, wanted[key] as Seen, server);
    return [key, { answers: answers[index] ?? [], ...seen }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function toKey({ place, verb, caller }: Asked): string {
  return `${place}: ${verb}, while its caller ${caller === "waits" ? "waits" : "is detached"}`;
}
