/** What callers that wait cost: memory, and how quickly others are served beside them. */
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { type Cell, percentile, type Table } from "../figures.ts";
import { makeFolder, serveActions, type Served } from "../served.ts";

const PROBE_COUNT = 300;

export async function measureWaiting(
  callerCounts: readonly number[],
): Promise<Table> {
  const rows: { name: string; cells: Record<string, Cell> }[] = [];
  for (const count of callerCounts) {
    using folder = makeFolder();
    await using server = await serveActions(join(folder.path, "data"), [
      "--max-running",
      "100000",
      "--max-requests",
      "100000",
    ]);
    await probe(server);
    const before = server.memory();
    const sockets = await openCallers(server, count);
    const bytes = (server.memory() - before) / count;
    const { polls, cancels } = await probe(server);
    rows.push({
      name: `${count.toLocaleString("en-US")} callers wait`,
      cells: {
        "poll p50 ms": percentile(polls, 0.5),
        "poll p99 ms": percentile(polls, 0.99),
        "cancel p50 ms": percentile(cancels, 0.5),
        "cancel p99 ms": percentile(cancels, 0.99),
        "KB each": bytes / 1024,
      },
    });
    for (const socket of sockets) socket.destroy();
  }
  return {
    name: "Beside waiting callers",
    about: `Each caller waits for a run that does not end. Then ${PROBE_COUNT} runs are started without waiting, looked up and cancelled, one after the other; a cancel is answered when the run's end is on disk.`,
    rows,
  };
}

async function openCallers(
  { url }: Served,
  count: number,
): Promise<readonly Socket[]> {
  const { port } = new URL(url);
  const sockets = Array.from({ length: count }, () =>
    connect(Number(port), "127.0.0.1"),
  );
  for (const socket of sockets) {
    socket.on("error", () => undefined);
    socket.write(
      `POST /api/actions/bench/forever/run HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
    );
  }
  for (;;) {
    const actions = (await (await fetch(`${url}/api/actions`)).json()) as {
      action: string;
      running: number;
    }[];
    const running = actions.find(({ action }) => action === "forever")?.running;
    if ((running ?? 0) >= count) return sockets;
    await Bun.sleep(20);
  }
}

async function probe({ url }: Served) {
  const polls: number[] = [];
  const cancels: number[] = [];
  for (let count = 0; count < PROBE_COUNT; count += 1) {
    const reply = await fetch(`${url}/api/actions/bench/forever/run`, {
      method: "POST",
      body: "{}",
      headers: { "x-actions-async-timeout": "0" },
    });
    await reply.text();
    const run = `${url}/api/runs/${reply.headers.get("x-action-server-run-id")}`;
    polls.push(await time(() => fetch(run)));
    cancels.push(await time(() => fetch(`${run}/cancel`, { method: "POST" })));
  }
  return { polls, cancels };
}

/** @returns milliseconds until the body has been read */
export async function time(ask: () => Promise<Response>): Promise<number> {
  const since = performance.now();
  await (await ask()).arrayBuffer();
  return performance.now() - since;
}
