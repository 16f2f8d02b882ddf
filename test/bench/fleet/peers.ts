/** Libraries that keep jobs in PostgreSQL, and a replica: on the same server, in turns. */
import { SQL } from "bun";
import { join } from "node:path";
import type { Cluster } from "../../postgres.ts";
import type { Table } from "../figures.ts";
import { measurePeers, postgresPeers } from "../sections/peers.ts";
import { serveActions } from "../served.ts";

export async function measureFleetPeers(
  { url }: Cluster,
  time: { seconds: number; rounds: number },
): Promise<Table> {
  const table = await measurePeers(time, async (folder, servers) => {
    const replica = servers.use(
      await serveActions(join(folder, "replica"), [
        `--database-url=${url}`,
        "--database-schema=peers",
      ]),
    );
    const toReplica = (action: string) => ({
      ACTION_URL: `${replica.url}/api/actions/bench/${action}/run`,
    });
    const toDatabase = async (name: string) => {
      await using sql = new SQL(url, { max: 1 });
      await sql.unsafe(`create database "${name}"`);
      return new URL(`/${name}`, url).href;
    };
    const peers = [
      {
        name: "actiond, one replica",
        promise: "record and result before the answer",
        script: "actiond.js",
        environment: toReplica("add"),
      },
      {
        name: "actiond, one replica, onInterrupt: retry",
        promise: "record before the code runs, result before the answer",
        script: "actiond.js",
        environment: toReplica("add-again"),
      },
      ...(await postgresPeers(toDatabase)),
    ];
    return { peers, missing: [] };
  });
  return {
    ...table,
    name: "Beside libraries on the same PostgreSQL",
  };
}
