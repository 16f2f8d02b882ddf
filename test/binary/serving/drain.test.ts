/** Being told to stop: by SIGTERM, by SIGHUP, by SIGINT, and twice. */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "../../callback/receiver.ts";
import { makeGate } from "../../scenarios/gate.ts";
import { DETACH, idOf } from "../../scenarios/scene.ts";
import {
  makeTemporaryFolder,
  startExecutable,
  type TestProcess,
  type TestServer,
} from "../../server.ts";

const json = async (server: TestServer, path: string): Promise<any> =>
  (await server.request(path)).json();

/** Runs an action whose caller waits. @returns its reply, and the id of the run, which is known by now */
async function attach(
  server: TestServer,
  action: string,
  input: unknown = {},
): Promise<{ reply: Promise<Response>; id: string }> {
  const requestId = Bun.randomUUIDv7();
  const reply = server.run(action, input, {
    "x-actions-request-id": requestId,
  });
  const path = `/api/runs/run-id-from-request-id/${requestId}`;
  while ((await server.request(path)).status === 404);
  return { reply, id: (await json(server, path)).run_id };
}

/** Tells it to stop, and waits until it has heard. */
async function tell(server: TestProcess, signal: "SIGTERM" | "SIGHUP") {
  server.process.kill(signal);
  while ((await server.request("/health/ready")).status === 200);
}

describe("stopping", () => {
  test.each(["SIGTERM", "SIGHUP"] as const)(
    "a server that gets %s lets running runs end, answers their callers and refuses new runs",
    async (signal) => {
      await using server = await startExecutable();
      const gate = makeGate();
      const { reply, id } = await attach(server, "gate", gate.input);
      await tell(server, signal);
      for (const headers of [{}, DETACH]) {
        const refused = await server.run("noop", {}, headers);
        expect(refused.status).toBe(503);
        expect(idOf(refused)).toBe("");
        expect(refused.headers.get("retry-after")).toBe("5");
        expect(await refused.json()).toMatchObject({ code: "shutting_down" });
      }
      expect((await server.request("/health/live")).status).toBe(200);
      expect(await json(server, `/api/runs/${id}`)).toMatchObject({
        status: 1,
      });
      gate.open("ended");
      expect(await (await reply).text()).toBe('"ended"');
      expect((await server.output()).exitCode).toBe(0);
    },
  );

  test("a server that stops still cancels running and queued runs", async () => {
    await using server = await startExecutable({
      options: ["--max-running", "1"],
    });
    const running = await attach(server, "forever");
    const id = idOf(await server.run("noop", {}, DETACH));
    await tell(server, "SIGTERM");
    for (const each of [id, running.id]) {
      const path = `/api/runs/${each}/cancel`;
      const cancelled = await server.request(path, { method: "POST" });
      expect(await cancelled.json()).toBe("cancelled");
    }
    expect((await running.reply).status).toBe(409);
    expect((await server.output()).exitCode).toBe(0);
  });

  test("a server that stops interrupts runs that do not end and answers callers that wait for a queued run", async () => {
    const data = join(makeTemporaryFolder(), "data");
    const options = ["--drain", "20ms", "--max-running", "1"];
    await using server = await startExecutable({ data, options });
    const running = await attach(server, "forever");
    const queued = await attach(server, "add", { a: 1 });
    server.process.kill("SIGINT");
    const interrupted = await running.reply;
    expect(interrupted.status).toBe(503);
    expect(await interrupted.json()).toMatchObject({
      code: "interrupted",
      run_id: running.id,
    });
    const released = await queued.reply;
    expect(released.status).toBe(503);
    expect(idOf(released)).toBe(queued.id);
    expect(await released.json()).toMatchObject({
      code: "shutting_down",
      run_id: queued.id,
    });
    expect((await server.output()).exitCode).toBe(0);
    await using again = await startExecutable({ data });
    expect(await json(again, `/api/runs/${running.id}`)).toMatchObject({
      status: 4,
      error: { code: "interrupted" },
    });
    expect(await json(again, `/api/runs/${queued.id}?wait=10`)).toMatchObject({
      status: 2,
      result: "2",
    });
  });

  test("the callback of an interrupted run is not lost", async () => {
    const data = join(makeTemporaryFolder(), "data");
    await using receiver = startReceiver();
    await using server = await startExecutable({
      data,
      options: ["--drain", "10ms"],
    });
    const id = idOf(
      await server.run(
        "forever",
        {},
        { ...DETACH, "x-actions-async-callback": receiver.url },
      ),
    );
    await server.stop();
    await using again = await startExecutable({ data });
    await receiver.arrived(1);
    expect(again.process.exitCode).toBeNull();
    for (const { headers, body } of receiver.received) {
      expect(headers.get("webhook-id")).toBe(id);
      expect(JSON.parse(body)).toMatchObject({ code: "interrupted" });
    }
  });

  test("a second signal ends the server at once", async () => {
    await using server = await startExecutable();
    const { reply } = await attach(server, "forever");
    const broken = reply.catch(() => "broken");
    await tell(server, "SIGTERM");
    server.process.kill("SIGTERM");
    expect((await server.output()).exitCode).toBe(143);
    expect(await broken).toBe("broken");
  });

  test("a server that stops leaves a whole database, and nothing in the write-ahead log", async () => {
    await using server = await startExecutable();
    await server.run("noop", {});
    await server.stop();
    const file = join(server.data, "actiond.db");
    const log = statSync(`${file}-wal`, { throwIfNoEntry: false });
    expect(log?.size ?? 0).toBe(0);
    const database = new Database(file, { readonly: true });
    expect(database.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
    database.close();
  });
});
