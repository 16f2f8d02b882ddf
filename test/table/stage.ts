/** A server whose database can be locked, a receiver of its callbacks, and the runs that a test makes there. */
import { Database } from "bun:sqlite";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "../callback/receiver.ts";
import { makeGate } from "../scenarios/gate.ts";
import { DETACH, idOf } from "../scenarios/scene.ts";
import { makeTemporaryFolder, startExecutable } from "../server.ts";
import { type Caller, PLACES, type Place, type Verb } from "./table.ts";

/** Long enough to bring a run into a state before it passes, on a busy machine too. */
const DEADLINE_MS = 400;
export const DRAIN_MS = 50;

export interface Asked {
  readonly verb: Verb;
  readonly caller: Caller;
}

export interface TableRun extends Asked {
  readonly id: string;
  /** What its caller hears. */
  readonly reply: Promise<string>;
  hangUp(): void;
}

export async function openStage(place: Place, slotCount: number) {
  const data = join(makeTemporaryFolder(), "data");
  const options = [
    "--max-running",
    String(slotCount),
    "--drain",
    `${DRAIN_MS}ms`,
  ];
  const start = () => startExecutable({ data, options });
  const receiver = startReceiver();
  const gate = makeGate();
  let server = await start();
  const json = async (path: string, method = "GET"): Promise<any> =>
    (await server.request(path, { method })).json();

  const begin = async (asked: Asked): Promise<TableRun> => {
    const connection = new AbortController();
    const requestId = Bun.randomUUIDv7();
    const reply = server.request(`/api/actions/${PLACES[place]}/run`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-actions-request-id": requestId,
        "x-actions-async-callback": receiver.url,
        ...toHeaders(asked),
      },
      body: JSON.stringify(gate.input),
      signal: connection.signal,
    });
    const heard = reply.then(toHeard).catch(() => "broken");
    const path = `/api/runs/run-id-from-request-id/${requestId}`;
    while ((await server.request(path)).status === 404);
    const { run_id: id } = await json(path);
    const hangUp = () => {
      connection.abort();
    };
    return { ...asked, id, reply: heard, hangUp };
  };

  return {
    /** Opened, it lets the code of every run end. */
    gate,
    receiver,
    json,
    begin,
    /** Begins a run in this process of the server, in the background. @returns its id */
    occupy: async (action: string, input: unknown) =>
      idOf(await server.run(action, input, DETACH)),
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
    /** How many runs of this place's action are running, and how many of those that have ended go on. */
    async count(): Promise<{ running: number; abandoned: number }> {
      const actions: any[] = await json("/api/actions");
      const { running, abandoned } = actions.find(
        ({ address }) => address === PLACES[place],
      );
      return { running, abandoned };
    },
    /** The processes that the server has started and that are there. */
    processes: () => childrenOf(server.process.pid),
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

export type Stage = Awaited<ReturnType<typeof openStage>>;

/** Resolves when each deadline of runs that are there now has passed. */
export async function untilDeadlinesPass(): Promise<void> {
  await Bun.sleep(DEADLINE_MS * 1.1);
}

function toHeaders({ verb, caller }: Asked): Record<string, string> {
  const seconds = String(DEADLINE_MS / 1000);
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

function childrenOf(pid: number): string[] {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).flatMap((task) =>
    readFileSync(join(tasks, task, "children"), "utf8")
      .split(" ")
      .filter((child) => child !== ""),
  );
}
