/** Whole servers on one database: whatever one of them is asked about a run of another, it answers. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SQL } from "bun";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "../../callback/receiver.ts";
import { connect } from "../../mcp/connect.ts";
import { findPostgres, postgresUrl, titleOf } from "../../postgres.ts";
import { readUntil, type Told } from "../../scenarios/watch/read-events.ts";
import {
  makeTemporaryFolder,
  startInProcess,
  type TestServer,
} from "../../server.ts";

const SCHEMA = `replicas_${process.pid}`;
const ASYNC = { "x-actions-async-timeout": "0" };
const ID = "x-action-server-run-id";

describe.skipIf(findPostgres() === undefined)(titleOf("replicas"), () => {
  const folder = makeTemporaryFolder();
  let url = "";
  let a: TestServer;
  let b: TestServer;

  const start = () =>
    startInProcess({
      environment: { ACTIOND_DATABASE_URL: url },
      options: ["--database-schema", SCHEMA, "--database-connections", "1"],
    });

  async function untilState(server: TestServer, id: string, state: string) {
    for (;;) {
      const reply = await server.request(`/api/runs/${id}`);
      const run = (await reply.json()) as Record<string, unknown>;
      if (run["state"] === state) return run;
      await Bun.sleep(5);
    }
  }

  beforeAll(async () => {
    url = await postgresUrl();
    [a, b] = [await start(), await start()];
  });
  afterAll(async () => {
    await Promise.all([a.stop(), b.stop()]);
    await using sql = new SQL(url, { max: 1 });
    await sql.unsafe(`drop schema "${SCHEMA}" cascade`);
    rmSync(folder, { recursive: true });
  });

  test("a run is cancelled through another replica, which ends its code and answers those who wait at any", async () => {
    const waiting = a.run("forever");
    const [{ id } = { id: "" }] = await untilListed(b, "forever");
    const looking = b.request(`/api/runs/${id}?wait=20`);
    const reply = await b.request(`/api/runs/${id}/cancel`, { method: "POST" });
    expect(await reply.json()).toBe("cancelled");
    expect(await (await looking).json()).toMatchObject({ state: "cancelled" });
    expect((await waiting).status).toBe(409);
    const again = await a.request(`/api/runs/${id}/cancel`, { method: "POST" });
    expect(await again.json()).toBe("not-running");
  });

  async function untilListed(server: TestServer, action: string) {
    for (;;) {
      const reply = await server.request(
        `/api/runs?action=${action}&status=running`,
      );
      const runs = (await reply.json()) as { id: string }[];
      if (runs.length > 0) return runs;
      await Bun.sleep(5);
    }
  }

  test("a concurrency key counts the runs of all replicas, and whichever is free goes on with the next", async () => {
    const paths = [join(folder, "one"), join(folder, "two")];
    const ask = (server: TestServer, path: string) =>
      server.run("one-for-each", { path, customer: "c" }, ASYNC);
    const [first, second] = [
      (await ask(a, paths[0] ?? "")).headers.get(ID) ?? "",
      (await ask(b, paths[1] ?? "")).headers.get(ID) ?? "",
    ];
    await untilState(b, first, "running");
    expect(await untilState(a, second, "queued")).toMatchObject({
      start_time: expect.any(String),
    });
    await Bun.write(paths[0] ?? "", "");
    await untilState(b, first, "passed");
    await untilState(a, second, "running");
    await Bun.write(paths[1] ?? "", "");
    await untilState(a, second, "passed");
  });

  test("a run that is queued for too long fails, wherever it waits, and one that another replica has begun does not", async () => {
    const path = join(folder, "late");
    const limit = { "x-actions-start-timeout": "0.3" };
    const input = { path, customer: "late" };
    const held = a.run("one-for-each", input, limit);
    await untilListed(b, "one-for-each");
    const late = await b.run("one-for-each", input, limit);
    expect(late.status).toBe(503);
    expect(await late.json()).toMatchObject({ code: "start_timed_out" });
    await Bun.write(path, "");
    expect((await held).status).toBe(200);
  });

  test("the events and the log of a run are followed at another replica, up to its end", async () => {
    const accepted = await a.run("forever", {}, ASYNC);
    const id = accepted.headers.get(ID) ?? "";
    const events = await b.request(`/api/runs/${id}/events`);
    const log = b.request(`/api/runs/${id}/logs?follow=true`);
    await a.request(`/api/runs/${id}/cancel`, { method: "POST" });
    const names = (await events.text()).match(/(?<=^event: ).*/gm);
    expect(names).toEqual(["accepted", "detached", "started", "finished"]);
    expect(await (await log).text()).toBe("");
  });

  test("the stream of all runs has what happens on every replica, and goes on at another one where it broke off", async () => {
    const at = (server: TestServer, lastEventId = "") =>
      server.request("/api/events?action=add", {
        headers: { "last-event-id": lastEventId },
      });
    const isEndOf = (id: string) => (told: Told) =>
      told.event === "finished" && told.data.run_id === id;
    const following = await at(b);
    const ids: string[] = [];
    for (const server of [a, b, a]) {
      const reply = await server.run("add", { a: 1 });
      ids.push(reply.headers.get(ID) ?? "");
    }
    const told = await readUntil(following, isEndOf(ids[2] ?? ""));
    const names = ["accepted", "started", "finished"];
    expect(told.map(({ event, data }) => [data.run_id, event])).toEqual(
      ids.flatMap((id) => names.map((name) => [id, name])),
    );
    const middle = told[4]?.id;
    const rest = await readUntil(await at(a, middle), isEndOf(ids[2] ?? ""));
    expect(rest).toEqual(told.slice(5));
  });

  test("a call of a tool hears what its run tells, whichever replica carries the run", async () => {
    const full = await startInProcess({
      environment: { ACTIOND_DATABASE_URL: url },
      options: [
        "--database-schema",
        SCHEMA,
        "--database-connections=1",
        "--max-running=1",
      ],
    });
    const held = join(folder, "held");
    const holding = full.run("gate", { path: held }, ASYNC);
    await untilState(full, (await holding).headers.get(ID) ?? "", "running");
    await using connection = await connect(full.url, "auto");
    const { client } = connection;
    const lines: unknown[] = [];
    client.setNotificationHandler("notifications/message", ({ params }) => {
      lines.push(params.data);
    });
    const path = join(folder, "tool");
    const progress: number[] = [];
    const result = await client.callTool(
      {
        name: "probe_tells",
        arguments: { path },
        _meta: { "io.modelcontextprotocol/logLevel": "debug" },
      },
      {
        onprogress(step) {
          progress.push(step.progress);
          void Bun.write(path, "");
        },
      },
    );
    expect(result.content).toEqual([{ type: "text", text: "told" }]);
    expect(progress).toEqual([0.25, 1]);
    expect(lines).toMatchObject([
      { message: "It begins.", count: 1 },
      "It ends.\nid: 1\ndata: forged",
    ]);
    await Bun.write(held, "");
    await full.stop();
  });

  test("a queued run of a stopped replica goes on at another one, and its caller's callback is called", async () => {
    await using receiver = startReceiver();
    const path = join(folder, "three");
    const c = await start();
    const held = await a.run("narrow", { path }, ASYNC);
    await untilState(a, held.headers.get(ID) ?? "", "running");
    const callback = { "x-actions-async-callback": receiver.url };
    // While its count of what is queued is out of date, it may refuse the run.
    let queued = c.run("narrow", { path }, callback);
    const [{ id } = { id: "" }] = await untilQueued(a, async () => {
      const reply = await Promise.race([queued, Bun.sleep(5)]);
      if (reply?.status === 503) queued = c.run("narrow", { path }, callback);
    });
    await c.stop();
    expect((await queued).status).toBe(503);
    await Bun.write(path, "");
    expect(await untilState(b, id, "passed")).toMatchObject({ detached: true });
    await receiver.arrived(1);
  });

  async function untilQueued(server: TestServer, retry: () => Promise<void>) {
    for (;;) {
      const reply = await server.request("/api/runs?status=queued");
      const runs = (await reply.json()) as { id: string }[];
      if (runs.length > 0) return runs;
      await retry();
    }
  }
});
