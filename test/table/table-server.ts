/** A server whose database can be locked, a receiver of its callbacks, and the runs that a test makes there. */
import { Database } from "bun:sqlite";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "../callback/receiver.ts";
import { makeGate } from "../scenarios/gate.ts";
import { DETACH, idOf } from "../scenarios/scene.ts";
import { makeTemporaryFolder, startExecutable } from "../server.ts";
import { type Caller, PLACES, type Place, type Verb } from "./table.ts";

const ACTIONS = join(import.meta.dir, "..", "fixtures", "table");
export const DRAIN_MS = 50;
const POLL_MS = 3;

export interface Asked {
  readonly place: Place;
  readonly verb: Verb;
  readonly caller: Caller;
}

/** A deadline has passed before its run was brought into its state. */
export class TooSoonError extends Error {}

export interface TableRun extends Asked {
  readonly id: string;
  /** What its caller hears. */
  readonly reply: Promise<string>;
  hangUp(): void;
}

/**
 * @param count of slots
 * @param childCount of children, at most
 * @param isWarm whether they are always there: none is started within a deadline, then
 */
export async function openTableServer({
  count,
  childCount,
  isWarm,
}: {
  count: number;
  childCount: number;
  isWarm: boolean;
}) {
  const data = join(makeTemporaryFolder(), "data");
  const warmCount = isWarm ? childCount : 0;
  let deadlineMs = 0;
  const limits = {
    "--max-running": `${count}`,
    "--children": `${warmCount}`,
    "--max-children": `${childCount}`,
    "--drain": `${DRAIN_MS}ms`,
    "--grace": "100ms",
  };
  const options = Object.entries(limits).flat();
  const start = () => startExecutable({ data, options, actions: ACTIONS });
  const receiver = startReceiver();
  let gate = makeGate();
  let server = await start();
  const json = async (path: string, method = "GET"): Promise<any> =>
    (await server.request(path, { method })).json();

  const which = () =>
    server.request("/api/actions/process/which/run", { method: "POST" });
  const untilWarm = async () => {
    const seen = new Set<unknown>();
    while (seen.size < warmCount) {
      const replies = await Promise.all(
        Array.from({ length: warmCount }, which),
      );
      for (const reply of replies) seen.add(await reply.json());
    }
  };

  /** Resolves when the server has done what was due: timers come before requests. */
  const untilTurned = async () => {
    for (let turn = 0; turn < 3; turn += 1)
      await server.request("/health/live");
  };

  /** @param more of the input */
  const begin = async (
    asked: Asked,
    more: Readonly<Record<string, string>> = {},
  ): Promise<TableRun> => {
    const connection = new AbortController();
    const requestId = Bun.randomUUIDv7();
    const reply = server.request(`/api/actions/${PLACES[asked.place]}/run`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-actions-request-id": requestId,
        "x-actions-async-callback": receiver.url,
        ...toHeaders(asked, deadlineMs),
      },
      body: JSON.stringify({ ...gate.input, ...more }),
      signal: connection.signal,
    });
    const heard = reply.then(toHeard).catch(() => "broken");
    const path = `/api/runs/run-id-from-request-id/${requestId}`;
    await until(async () => (await server.request(path)).ok);
    const { run_id: id } = await json(path);
    const hangUp = () => {
      connection.abort();
    };
    return { ...asked, id, reply: heard, hangUp };
  };

  return {
    /** Resolves when runs may begin whose deadlines are that long. */
    async beginState(milliseconds: number) {
      await untilWarm();
      deadlineMs = milliseconds;
      gate = makeGate();
    },
    /** Opened, it lets the code of every run of this state end. */
    get gate() {
      return gate;
    },
    receiver,
    json,
    begin,
    /** Begins a run of a place's action in the background, without a callback. @returns its id */
    occupy: async (place: Place, input: unknown) =>
      idOf(
        await server.request(`/api/actions/${PLACES[place]}/run`, {
          method: "POST",
          headers: { "content-type": "application/json", ...DETACH },
          body: JSON.stringify(input),
        }),
      ),
    /** Resolves when each deadline of runs that are there now has passed, and the server has seen that. */
    async untilDeadlinesPass() {
      await Bun.sleep(deadlineMs);
      await untilTurned();
    },
    untilTurned,
    /** From now until it is disposed of the database takes no writes. */
    lock(): Disposable {
      const database = new Database(join(data, "actiond.db"));
      database.run("BEGIN IMMEDIATE");
      return {
        [Symbol.dispose]() {
          database.close();
        },
      };
    },
    /** Resolves when the server has said that something of this run cannot be recorded. */
    untilUnrecorded: ({ id }: TableRun) => server.log.find(id),
    /** How many runs of a place's action are running, and how many of those that have ended go on. */
    async count(place: Place): Promise<{ running: number; abandoned: number }> {
      const actions: any[] = await json("/api/actions");
      const { running, abandoned } = actions.find(
        ({ address }) => address === PLACES[place],
      );
      return { running, abandoned };
    },
    /** The processes that the server has started and that are there. */
    children: () => childrenOf(server.process.pid),
    /** Resolves when the server has said that it stops. */
    untilStopping: () => server.log.find("Stopping: "),
    /** Tells it to stop. @returns its exit code, once it has ended */
    async stop() {
      server.process.kill("SIGTERM");
      return await server.process.exited;
    },
    /** Starts it again on the same data. */
    async restart() {
      server = await start();
    },
    async [Symbol.asyncDispose]() {
      gate.open();
      await server[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

export type TableServer = Awaited<ReturnType<typeof openTableServer>>;

/** Asks again and again. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await Bun.sleep(POLL_MS);
}

function toHeaders(
  { verb, caller }: Asked,
  deadlineMs: number,
): Record<string, string> {
  const seconds = String(deadlineMs / 1000);
  return {
    ...(caller === "detached" ? DETACH : {}),
    ...(verb === "run deadline" ? { "x-actions-run-timeout": seconds } : {}),
    ...(verb === "start deadline"
      ? { "x-actions-start-timeout": seconds }
      : {}),
    ...(verb === "disconnect-cancel"
      ? { "x-actions-on-disconnect": "cancel" }
      : {}),
  };
}

async function toHeard(reply: Response): Promise<string> {
  const body: any = await reply.json();
  if (body === "async-return") return body;
  return reply.ok ? String(reply.status) : `${reply.status} ${body.code}`;
}

function childrenOf(pid: number): number[] {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).flatMap((task) =>
    readFileSync(join(tasks, task, "children"), "utf8")
      .split(" ")
      .filter((child) => child !== "")
      .map(Number),
  );
}
