/** The whole round: a run is accepted, runs, and its outcome is received by a server on the same machine. */
import { join } from "node:path";
import { load } from "../load.ts";
import type { Table } from "../figures.ts";
import { makeFolder, serveActions } from "../served.ts";

const POLL_MS = 5;
/** The load generator ends before it has read its last replies. */
const NEARLY_ALL = 0.995;

export async function measureRound({
  seconds,
  rounds,
}: {
  seconds: number;
  rounds: number;
}): Promise<Table> {
  const received = { count: 0 };
  await using receiver = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => {
      received.count += 1;
      return new Response();
    },
  });
  using folder = makeFolder();
  await using server = await serveActions(join(folder.path, "data"), [
    "--max-queued",
    "1000000",
  ]);
  const rates: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    received.count = 0;
    const startedAt = performance.now();
    const { requestsPerSecond } = await load({
      url: `${server.url}/api/actions/bench/add/run`,
      headers: {
        "content-type": "application/json",
        "x-actions-async-timeout": "0",
        "x-actions-async-callback": receiver.url.href,
      },
      body: '{"a":1,"b":2}',
      connections: 32,
      pid: server.pid,
      seconds,
    });
    const acceptedCount = requestsPerSecond * seconds;
    while (received.count / acceptedCount < NEARLY_ALL)
      await Bun.sleep(POLL_MS);
    const took = (performance.now() - startedAt) / 1000;
    if (round > 0) rates.push(received.count / took);
  }
  return {
    name: "Accepted, run and called back",
    about: `32 connections ask without waiting for ${seconds} s; measured until the receiver on the same machine has all callbacks. The load generator, the receiver and the server share the machine.`,
    rows: [{ name: "whole rounds", cells: { "per second": rates } }],
  };
}
