/** Does to a run what a verb says, and sees what came of it. */
import { type TableServer, type TableRun, until } from "./table-server.ts";
import { type Caller, type Cell, REPLIES } from "./table.ts";

/** What came of a verb. */
export interface Seen {
  readonly answers: readonly string[];
  /** What the caller heard. */
  readonly reply: string;
  readonly recorded: string;
  /** What was called back, or "nothing". */
  readonly callback: string;
}

/** What must be seen: each outcome has exactly one channel. */
export function toExpected(cell: Cell, caller: Caller): Seen {
  const { recorded, answers = [], reply } = cell;
  if (caller === "detached")
    return { answers, recorded, reply: "async-return", callback: recorded };
  if (reply !== undefined)
    return { answers, recorded, reply, callback: recorded };
  return { answers, recorded, reply: REPLIES[recorded], callback: "nothing" };
}

/** Resolves when it is done, with what a request for it was answered. */
export async function act(
  run: TableRun,
  server: TableServer,
): Promise<string[]> {
  const cancel = (): Promise<string> =>
    server.json(`/api/runs/${run.id}/cancel`, "POST");
  if (run.verb === "cancel") return [await cancel()];
  if (run.verb === "second cancel") {
    const atOnce = await Promise.all([cancel(), cancel()]);
    // Which of two at once is the first, the connections decide.
    return [...atOnce.toSorted(), await cancel()];
  }
  if (run.verb === "disconnect-cancel") run.hangUp();
  else await server.untilDeadlinesPass();
  return [];
}

/** Waits for what is expected of a run that ends, and sees what there is. */
export async function see(
  run: TableRun,
  expected: Seen,
  server: TableServer,
): Promise<Omit<Seen, "answers">> {
  const { state, error } = await server.json(`/api/runs/${run.id}?wait=10`);
  const path = `/api/runs/${run.id}/callback`;
  const isOwed = async () => (await server.json(path)).state !== undefined;
  if (expected.callback !== "nothing") await until(isOwed);
  return {
    reply: await run.reply,
    recorded: error === null ? state : `${state} ${error.code}`,
    callback: (await isOwed()) ? await calledBack(run, server) : "nothing",
  };
}

async function calledBack(run: TableRun, server: TableServer): Promise<string> {
  const find = () =>
    server.receiver.received.filter(
      ({ headers }) => headers.get("x-action-server-run-id") === run.id,
    );
  while (find().length === 0) await server.receiver.next();
  const said = find().map(({ headers, body }) => {
    const status = headers.get("x-action-server-run-status");
    return status === "passed" ? status : `${status} ${JSON.parse(body).code}`;
  });
  // A server that stops during an attempt makes another when it is back: at least once.
  const counted = run.verb === "server stop" ? [...new Set(said)] : said;
  return counted.join(", and ");
}
