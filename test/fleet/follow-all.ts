/** Who follows all runs of a fleet misses nothing and hears nothing twice, whatever becomes of the replica that serves it. */
import { describe, expect, test } from "bun:test";
import { SQL } from "bun";
import { findPostgres, postgresUrl, titleOf } from "../postgres.ts";
import { readEvents, type Told } from "../scenarios/watch/read-events.ts";
import { startExecutable } from "../server.ts";

const SCHEMA = `follow_${process.pid}`;
const REPLICAS = 3;
const RUNS = 600;

describe.skipIf(findPostgres() === undefined)(titleOf("a follower"), () => {
  test("is told each event of each run once and in its order while the replicas that serve it are killed", async () => {
    const url = await postgresUrl();
    const start = () =>
      startExecutable({
        environment: { ACTIOND_DATABASE_URL: url },
        options: ["--database-schema", SCHEMA, "--lease=2s"],
      });
    const replicas = await Promise.all(Array.from({ length: REPLICAS }, start));
    const told: Told[] = [];
    const ends = new Set<string>();
    const over = new AbortController();
    let serving = 0;
    const follow = async () => {
      while (!over.signal.aborted) {
        try {
          const reply = await fetch(`${replicas[serving]?.url}/api/events`, {
            headers: { "last-event-id": told.at(-1)?.id ?? "" },
          });
          for await (const event of readEvents(reply)) {
            told.push(event);
            if (event.event === "finished") ends.add(event.data.run_id);
          }
        } catch {
          // It was killed.
        }
        serving = (serving + 1) % REPLICAS;
      }
    };
    // One event, whose id is where the stream goes on.
    const first = await fetch(`${replicas[0]?.url}/api/events`);
    await replicas[1]?.run("noop");
    for await (const event of readEvents(first)) {
      told.push(event);
      break;
    }
    const following = follow();
    const ids = new Set<string>();
    const ask = async (index: number) => {
      const reply = await replicas[index % REPLICAS]?.run(
        index % 3 === 0 ? "logs" : "noop",
        { count: 2 },
      );
      if (reply?.status === 200)
        ids.add(reply.headers.get("x-action-server-run-id") ?? "");
    };
    for (let index = 0; index < RUNS; index += 1) {
      if (index % 20 === 0) await Bun.sleep(10);
      if (index % 150 === 75) {
        const place = serving;
        await replicas[place]?.kill();
        replicas[place] = await start();
      }
      void ask(index).catch(() => {});
    }
    while (![...ids].every((id) => ends.has(id)) || ids.size < RUNS / 2)
      await Bun.sleep(50);
    over.abort();
    await Promise.all(replicas.map((replica) => replica.kill()));
    await following;
    expect(told.filter(({ event }) => event === "missed")).toEqual([]);
    const places = told.map(({ id }) => id);
    expect(new Set(places).size).toBe(places.length);
    for (const id of ids) {
      const names = told
        .filter(({ data }) => data.run_id === id)
        .map(({ event }) => event);
      const lines = names.includes("log") ? ["log", "log"] : [];
      expect(names).toEqual(["accepted", "started", ...lines, "finished"]);
    }
    await using sql = new SQL(url, { max: 1 });
    await sql.unsafe(`drop schema "${SCHEMA}" cascade`);
  }, 120_000);
});
