/** A database behind pgbouncer in transaction mode, which gives each transaction another connection. */
import { expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../../../src/store/postgres/connect/client.ts";
import { toTarget } from "../../../src/store/postgres/connect/target.ts";
import {
  asDatabaseUser,
  findFreePort,
  findPostgres,
  postgresUrl,
} from "../../postgres.ts";
import { makeRun } from "../sqlite/temporary-store.ts";
import { openTemporaryFleet } from "./temporary-fleet.ts";

const pgbouncer = Bun.which("pgbouncer") ?? Bun.which("/usr/sbin/pgbouncer");
const canTest = findPostgres() !== undefined && pgbouncer !== null;
const skipped = canTest
  ? ""
  : " (skipped: pgbouncer or PostgreSQL is not installed here)";

test.skipIf(!canTest)(
  `through a pooler a replica writes, reads and migrates, and its statements have no names, which the pooler would mix up${skipped}`,
  async () => {
    await using pooler = await startPooler(await postgresUrl());
    await using fleet = await openTemporaryFleet(pooler.url);
    const { runs, deliveries, logs, store } = await fleet.replica();
    const many = Array.from({ length: 5 }, () => makeRun({ detached: true }));
    await Promise.all(
      many.map(async (run) => {
        await runs.insert(run);
        await logs.append(run.id, { text: "{}", count: 1, bytes: 3 });
        const outcome = { status: "passed", result: "1" } as const;
        const end = { outcome, at: 5, runMs: 1 };
        expect((await runs.finish(run, end)).isFirst).toBe(true);
        expect((await runs.find(run.id))?.status).toBe("passed");
        expect((await deliveries.find(run.id))?.state).toBe("pending");
      }),
    );
    // The pooler would mix them up without a word.
    expect(store.target.isPrepared).toBe(false);
    await using direct = await openTemporaryFleet(await postgresUrl());
    const { target } = (await direct.replica()).store;
    expect(target.isPrepared).toBe(true);
  },
);

async function startPooler(url: string) {
  const { port } = new URL(url);
  const own = await findFreePort();
  const folder = mkdtempSync(join(tmpdir(), "pooler-"));
  const asUser = asDatabaseUser(folder);
  const file = join(folder, "pgbouncer.ini");
  await Bun.write(
    file,
    `[databases]
postgres = host=127.0.0.1 port=${port} dbname=postgres user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
`,
  );
  const child = Bun.spawn([...asUser, pgbouncer ?? "", file], {
    stdout: "ignore",
    stderr: "ignore",
  });
  const pooled = `postgres://postgres@127.0.0.1:${own}/postgres`;
  await using client = new Client(toTarget(pooled, "actiond"));
  while (
    !(await client.query("select 1").then(
      () => true,
      () => false,
    ))
  )
    await Bun.sleep(20);
  return {
    url: pooled,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}
