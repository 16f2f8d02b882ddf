/**
 * `bun run fleet:upgrade`: an executable of an earlier version serves beside this one. `ACTIOND_OLD_EXECUTABLE` is its
 * path; build both first. To build the earlier one: `git worktree add ../old COMMIT && cd ../old && bun run build`.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SQL } from "bun";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "../callback/receiver.ts";
import { type Cluster, startCluster } from "../postgres.ts";
import {
  EXECUTABLE,
  makeTemporaryFolder,
  startExecutable,
  type TestServer,
} from "../server.ts";

const OLD = process.env["ACTIOND_OLD_EXECUTABLE"];
const ASYNC = { "x-actions-async-timeout": "0" };
const ID = "x-action-server-run-id";
const CALLER_COUNT = 16;
const ENDED = new Set(["passed", "failed", "cancelled"]);

/** Says which version of the code ran; with a concurrency, so that its runs are queued and claimed. */
function writeActions(version: string): string {
  const folder = join(makeTemporaryFolder(), "actions");
  mkdirSync(folder);
  const code = `import { action, t } from "actiond";
export const versioned = action({
  description: "Version ${version}",
  input: t.Object({ ms: t.Optional(t.Number()), ${version}: t.Optional(t.Number()) }),
  output: t.String(),
  concurrency: 2,
  run: async ({ ms = 0 }) => { await Bun.sleep(ms); return "${version}"; },
});
export const plain = action({
  description: "The same in both versions",
  input: t.Object({ ms: t.Optional(t.Number()) }),
  output: t.String(),
  onInterrupt: "retry",
  maxAttempts: 5,
  run: async ({ ms = 0 }) => { await Bun.sleep(ms); return "plain"; },
});
`;
  void Bun.write(join(folder, "probe.ts"), code);
  return folder;
}

describe.skipIf(OLD === undefined)(
  OLD === undefined
    ? "upgrades (skipped: ACTIOND_OLD_EXECUTABLE names no executable)"
    : `upgrades from ${OLD}`,
  () => {
    let cluster: Cluster;
    let folders: { old: string; new: string };
    beforeAll(async () => {
      cluster = await startCluster();
      folders = { old: writeActions("old"), new: writeActions("new") };
    });
    afterAll(() => {
      cluster[Symbol.dispose]();
    });

    const start = (kind: "old" | "new", schema: string) =>
      startExecutable({
        command: [kind === "old" ? (OLD ?? "") : EXECUTABLE],
        actions: folders[kind],
        environment: { ACTIOND_DATABASE_URL: cluster.url },
        options: [
          `--database-schema=${schema}`,
          "--database-connections=1",
          "--lease=2s",
          "--drain=1s",
          "--callback-allow=127.0.0.1",
        ],
      });
    const versionOf = async (schema: string) => {
      await using sql = new SQL(cluster.url, { max: 1 });
      const [row] = await sql.unsafe(
        `select schema_version::int as version from "${schema}".meta`,
      );
      return (row as { version: number }).version;
    };

    /** Asks the servers that there are, in turns, until it is told to end. @returns the ids of what was accepted */
    async function load(
      servers: () => readonly TestServer[],
      signal: AbortSignal,
    ): Promise<string[]> {
      const ids: string[] = [];
      let turn = 0;
      const call = async () => {
        while (!signal.aborted) {
          turn += 1;
          const all = servers();
          const server = all[turn % all.length]!;
          const name = turn % 3 === 0 ? "versioned" : "plain";
          const headers = turn % 2 === 0 ? ASYNC : {};
          const reply = await server.run(name, { ms: 5 }, headers);
          const text = await reply.text();
          const id = reply.headers.get(ID);
          if (id !== null) ids.push(id);
          // One that drains says so.
          else if (reply.status !== 503)
            throw new Error(`${reply.status} ${text}`);
          if (reply.status >= 400 && reply.status !== 503)
            throw new Error(`${reply.status} ${text}`);
        }
      };
      await Promise.all(Array.from({ length: CALLER_COUNT }, call));
      return ids;
    }

    async function endOf(server: TestServer, id: string) {
      for (;;) {
        const reply = await server.request(`/api/runs/${id}?wait=10`);
        expect(reply.status).toBe(200);
        const run = (await reply.json()) as Record<string, unknown>;
        if (ENDED.has(String(run["state"]))) return run;
      }
    }

    test("new replicas that start at once beside an old one migrate its database under load, and both serve", async () => {
      const stopped = new AbortController();
      await using old = await start("old", "beside");
      const before = await versionOf("beside");
      let servers: readonly TestServer[] = [old];
      const loading = load(() => servers, stopped.signal);
      await Bun.sleep(500);
      await using opened = new AsyncDisposableStack();
      const added = await Promise.all(
        Array.from({ length: 3 }, () => start("new", "beside")),
      );
      for (const server of added) opened.use(server);
      const after = await versionOf("beside");
      process.stdout.write(
        `The tables had version ${before}, and have ${after}.\n`,
      );
      servers = [old, ...added];
      await Bun.sleep(2000);
      stopped.abort();
      const ids = await loading;
      process.stdout.write(`${ids.length} runs were accepted.\n`);
      expect(ids.length).toBeGreaterThan(100);
      for (const [index, id] of ids.entries()) {
        const run = await endOf(servers[index % 4]!, id);
        expect(run).toMatchObject({ state: "passed" });
      }
    }, 120_000);

    test("a run is claimed only by a replica that has the version of its action, as long as there is one", async () => {
      await using old = await start("old", "versions");
      await using one = await start("new", "versions");
      const accepted = await Promise.all(
        Array.from({ length: 60 }, async (_, index) => {
          const kind = index % 2 === 0 ? "old" : "new";
          const server = kind === "old" ? old : one;
          const reply = await server.run("versioned", { ms: 10 }, ASYNC);
          return { kind, id: reply.headers.get(ID) ?? "" };
        }),
      );
      for (const { kind, id } of accepted)
        expect(await endOf(kind === "old" ? one : old, id)).toMatchObject({
          state: "passed",
          result: JSON.stringify(kind),
        });
    }, 60_000);

    test("an old replica that is stopped leaves its runs and callbacks to new ones", async () => {
      await using receiver = startReceiver();
      const old = await start("old", "stopped");
      await using one = await start("new", "stopped");
      const headers = { ...ASYNC, "x-actions-async-callback": receiver.url };
      const ids = await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const name = index % 2 === 0 ? "versioned" : "plain";
          const reply = await old.run(name, { ms: 300 }, headers);
          return reply.headers.get(ID) ?? "";
        }),
      );
      await old.stop();
      for (const id of ids) await endOf(one, id);
      await receiver.arrived(ids.length);
      await old[Symbol.asyncDispose]();
    }, 60_000);

    test("an old replica starts beside new ones, for who goes back", async () => {
      await using one = await start("new", "back");
      await using old = await start("old", "back");
      for (const server of [old, one]) {
        const reply = await server.run("plain", {});
        expect(await reply.json()).toBe("plain");
        const id = reply.headers.get(ID) ?? "";
        const elsewhere = server === old ? one : old;
        expect(await endOf(elsewhere, id)).toMatchObject({ state: "passed" });
      }
    }, 60_000);
  },
);
