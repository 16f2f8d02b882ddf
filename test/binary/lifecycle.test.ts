/** Starting, draining, dying and starting again. */
import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { startReceiver } from "../callback/receiver.ts";
import { makeGate } from "../scenarios/gate.ts";
import {
  makeTemporaryFolder,
  type StartOptions,
  startExecutable,
  type TestProcess,
} from "../server.ts";

const started: TestProcess[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.process.kill("SIGKILL");
    await server.process.exited;
  }
});

async function start(options: StartOptions = {}): Promise<TestProcess> {
  const server = await startExecutable(options);
  started.push(server);
  return server;
}

async function kill(server: TestProcess): Promise<void> {
  server.process.kill("SIGKILL");
  await server.process.exited;
}

const idOf = (reply: Response) =>
  reply.headers.get("x-action-server-run-id") ?? "";
const json = async (
  server: TestProcess,
  path: string,
  method = "GET",
): Promise<any> => (await server.request(path, { method })).json();

describe("started again after kill -9", () => {
  test("what was running is cancelled, and its callback arrives, also where the caller was waiting", async () => {
    await using receiver = startReceiver(() => new Response());
    const data = join(makeTemporaryFolder(), "data");
    const first = await start({ data });
    const callback = { "x-actions-async-callback": receiver.url };
    const detached = idOf(
      await first.run(
        "forever",
        {},
        {
          ...callback,
          "x-actions-async-timeout": "0",
        },
      ),
    );
    const waiting = first
      .run("forever", {}, { ...callback, "x-actions-request-id": "waits" })
      .catch(() => "broken");
    const find = "/api/runs/run-id-from-request-id/waits";
    while ((await first.request(find)).status === 404);
    const { run_id: attached } = await json(first, find);
    await kill(first);
    expect(await waiting).toBe("broken");

    const second = await start({ data });
    for (const id of [detached, attached])
      expect(await json(second, `/api/runs/${id}`)).toMatchObject({
        status: 4,
        error: { code: "interrupted" },
        detached: true,
      });
    while (receiver.received.length < 2) await receiver.next();
    expect(
      new Set(
        receiver.received.map(({ headers }) =>
          headers.get("x-action-server-run-id"),
        ),
      ),
    ).toEqual(new Set([detached, attached]));
    for (const { headers, body } of receiver.received) {
      expect(headers.get("x-action-server-run-status")).toBe("cancelled");
      expect(JSON.parse(body)).toMatchObject({
        code: "interrupted",
        retryable: true,
      });
    }
  });

  test("what was queued runs, oldest first", async () => {
    const data = join(makeTemporaryFolder(), "data");
    const first = await start({ data, options: ["--max-running", "1"] });
    const headers = { "x-actions-async-timeout": "0" };
    await first.run("forever", {}, headers);
    const queued: string[] = [];
    for (let count = 0; count < 5; count += 1)
      queued.push(idOf(await first.run("add", { a: count }, headers)));
    await kill(first);
    const second = await start({ data, options: ["--max-running", "1"] });
    const ends: string[] = [];
    for (const [count, id] of queued.entries()) {
      const run = await json(second, `/api/runs/${id}?wait=10`);
      expect(run).toMatchObject({ status: 2, result: String(count + 1) });
      expect(run.start_time).not.toBe("");
      ends.push(run.start_time);
    }
    expect(ends).toEqual(ends.toSorted());
  });

  test("an idempotency key still names its run", async () => {
    const data = join(makeTemporaryFolder(), "data");
    const first = await start({ data });
    const headers = { "idempotency-key": "once" };
    const before = await first.run("add", { a: 1 }, headers);
    await kill(first);
    const second = await start({ data });
    const after = await second.run("add", { a: 1 }, headers);
    expect(idOf(after)).toBe(idOf(before));
    expect(after.headers.get("idempotency-replayed")).toBe("true");
    expect(await after.text()).toBe("2");
  });

  test("a callback that was owed is delivered", async () => {
    const data = join(makeTemporaryFolder(), "data");
    let isUp = false;
    await using receiver = startReceiver(
      () => new Response(null, { status: isUp ? 200 : 500 }),
    );
    const options = ["--callback-retry", "1h"];
    const first = await start({ data, options });
    const id = idOf(
      await first.run(
        "noop",
        {},
        {
          "x-actions-async-timeout": "0",
          "x-actions-async-callback": receiver.url,
        },
      ),
    );
    const path = `/api/runs/${id}/callback`;
    while ((await json(first, path)).attempt_count !== 1);
    await kill(first);
    isUp = true;
    const second = await start({ data, options });
    const arrives = receiver.next();
    await json(second, `${path}/redeliver`, "POST");
    expect((await arrives).headers.get("webhook-id")).toBe(id);
  });
});

describe("an action that may run again", () => {
  const actions = makeTemporaryFolder();
  const write = Bun.write(
    join(actions, "again.ts"),
    `import { action, t } from "actiond";
     import { existsSync } from "node:fs";
     export const work = action({
       input: t.Object({ path: t.String() }),
       onInterrupt: "retry",
       maxAttempts: 2,
       async run({ path }, { attempt }) {
         while (!existsSync(path)) await Bun.sleep(5);
         return attempt;
       },
     });`,
  );
  const begin = async (server: TestProcess, gate: { input: unknown }) =>
    idOf(
      await server.request("/api/actions/again/work/run", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-actions-async-timeout": "0",
        },
        body: JSON.stringify(gate.input),
      }),
    );

  test("runs again after kill -9, as the same run, but not for ever", async () => {
    await write;
    const data = join(makeTemporaryFolder(), "data");
    const gate = makeGate();
    const first = await start({ data, actions });
    const id = await begin(first, gate);
    await kill(first);
    const second = await start({ data, actions });
    while ((await json(second, `/api/runs/${id}`)).status !== 1);
    await kill(second);
    const third = await start({ data, actions });
    expect(await json(third, `/api/runs/${id}`)).toMatchObject({
      status: 4,
      error: { code: "interrupted" },
    });
  });

  test("runs again after a drain that was too short", async () => {
    await write;
    const data = join(makeTemporaryFolder(), "data");
    const gate = makeGate();
    const first = await start({ data, actions, options: ["--drain", "10ms"] });
    const id = await begin(first, gate);
    await first.stop();
    expect((await first.output()).exitCode).toBe(0);
    gate.open();
    const second = await start({ data, actions });
    expect(await json(second, `/api/runs/${id}?wait=10`)).toMatchObject({
      status: 2,
      result: "2",
    });
  });
});

describe("told to stop", () => {
  test("it lets running runs end, answers their callers, and refuses new ones", async () => {
    const server = await start();
    const gate = makeGate();
    const waiting = server.run("gate", gate.input, {
      "x-actions-request-id": "waits",
    });
    const find = "/api/runs/run-id-from-request-id/waits";
    while ((await server.request(find)).status === 404);
    server.process.kill("SIGTERM");
    while ((await server.request("/health/ready")).status === 200);
    const refused = await server.run("noop", {});
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(await refused.json()).toMatchObject({ code: "shutting_down" });
    expect((await server.request(find)).status).toBe(200);
    gate.open("ended");
    expect(await (await waiting).text()).toBe('"ended"');
    expect((await server.output()).exitCode).toBe(0);
  });

  test("it interrupts what does not end, and releases who waits for a queued run", async () => {
    const data = join(makeTemporaryFolder(), "data");
    const options = ["--drain", "20ms", "--max-running", "1"];
    const server = await start({ data, options });
    const running = server.run("forever", {}, { "x-actions-request-id": "a" });
    while (
      (await server.request("/api/runs/run-id-from-request-id/a")).status ===
      404
    );
    const queued = server.run("add", { a: 1 }, { "x-actions-request-id": "b" });
    while (
      (await server.request("/api/runs/run-id-from-request-id/b")).status ===
      404
    );
    server.process.kill("SIGINT");
    const interrupted = await running;
    expect(interrupted.status).toBe(503);
    expect(await interrupted.json()).toMatchObject({ code: "interrupted" });
    const released = await queued;
    expect(released.status).toBe(503);
    expect(await released.json()).toMatchObject({
      code: "shutting_down",
      run_id: idOf(released),
    });
    expect((await server.output()).exitCode).toBe(0);
    const again = await start({ data });
    expect(
      await json(again, `/api/runs/${idOf(released)}?wait=10`),
    ).toMatchObject({ status: 2, result: "2" });
  });

  test("twice, it ends at once", async () => {
    const server = await start();
    const waiting = server.run("forever", {}).catch(() => "broken");
    while (((await json(server, "/api/runs")) as unknown[]).length === 0);
    server.process.kill("SIGTERM");
    while ((await server.request("/health/ready")).status === 200);
    server.process.kill("SIGTERM");
    expect((await server.output()).exitCode).toBe(143);
    expect(await waiting).toBe("broken");
  });

  test("it leaves a whole database behind, and no write-ahead log", async () => {
    const server = await start();
    await server.run("noop", {});
    await server.stop();
    const database = new Database(join(server.data, "actiond.db"), {
      readonly: true,
    });
    expect(database.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
    database.close();
  });
});

describe("actions that misbehave", () => {
  test("do not end the server, and print into its log", async () => {
    const server = await start({ options: ["--log-format", "json"] });
    for (const action of ["stray-throw", "stray-rejection", "exits", "prints"])
      await server.run(action, {});
    expect((await server.run("exits", {})).status).toBe(500);
    expect((await server.run("add", { a: 1 })).status).toBe(200);
    await server.stop();
    const { out, log, exitCode } = await server.output();
    expect(exitCode).toBe(0);
    expect(out).toBe(`actiond listening on ${server.url}\n`);
    const entries = log
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const messages = entries.map(({ message }) => message);
    expect(messages).toContain("An action threw outside of its run.");
    expect(messages).toContain("An action left a rejected promise behind.");
    const printed = entries.filter(
      ({ action_id: address, level }) =>
        address === "probe/prints" && level === "info",
    );
    expect(printed.length).toBeGreaterThanOrEqual(2);
    expect(printed[0]?.run_id).toMatch(/^[\da-f-]{36}$/);
  });
});

test("a full queue is 503 with retry-after, and makes no run", async () => {
  const server = await start({
    options: ["--max-running", "1", "--max-queued", "1"],
  });
  const headers = { "x-actions-async-timeout": "0" };
  await server.run("forever", {}, headers);
  await server.run("noop", {}, headers);
  const refused = await server.run("noop", {});
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({
    code: "overloaded",
    retryable: true,
  });
  expect(await json(server, "/api/runs")).toHaveLength(2);
});

test("a result of fifty megabytes comes back byte for byte", async () => {
  const server = await start();
  const bytes = 50 * 1024 * 1024;
  const reply = await server.run("huge-result", { bytes });
  const text = await reply.text();
  const kept = await server.request(`/api/runs/${idOf(reply)}/result`);
  expect(text.length).toBeGreaterThanOrEqual(bytes);
  expect((await kept.text()) === text).toBe(true);
});
