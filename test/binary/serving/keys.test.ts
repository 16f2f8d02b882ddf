/** Keys of the executable: made, used and revoked while it runs, and never written down. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  makeTemporaryFolder,
  spawnExecutable,
  startExecutable,
  type TestServer,
} from "../../server.ts";

async function keys(data: string, ...argv: string[]) {
  const child = spawnExecutable(["keys", ...argv, "--data", data]);
  const [out, note, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { out, note, exitCode };
}

const list = (server: TestServer, key: string) =>
  server.request("/api/runs", { headers: { authorization: `Bearer ${key}` } });

async function untilAnswered(server: TestServer, key: string, status: number) {
  while ((await list(server, key)).status !== status);
}

test("a key made before the first start is needed from the start", async () => {
  const data = join(makeTemporaryFolder(), "data");
  const auditLog = join(makeTemporaryFolder(), "audit.log");
  const made = await keys(data, "create", "first", "--audit-log", auditLog);
  expect(made.exitCode).toBe(0);
  expect(JSON.parse(readFileSync(auditLog, "utf8"))).toMatchObject({
    event: "key.create",
    uid: process.getuid?.(),
    key: "first",
  });
  const key = made.out.trim();
  await using server = await startExecutable({ data });
  expect((await server.request("/api/runs")).status).toBe(401);
  expect((await server.request("/health/ready")).status).toBe(200);
  expect((await list(server, key)).status).toBe(200);
});

test("a running server sees that keys are made and revoked", async () => {
  await using server = await startExecutable();
  expect((await server.request("/api/runs")).status).toBe(200);
  const first = (await keys(server.data, "create", "first")).out.trim();
  await untilAnswered(server, "none", 401);
  await untilAnswered(server, first, 200);
  const second = (await keys(server.data, "create", "second")).out.trim();
  await untilAnswered(server, second, 200);
  expect((await keys(server.data, "revoke", "first")).exitCode).toBe(0);
  await untilAnswered(server, first, 401);
  expect((await list(server, second)).status).toBe(200);
  expect((await keys(server.data, "revoke", "second")).exitCode).toBe(0);
  await untilAnswered(server, second, 401);
  // Without any key left it stays closed.
  expect((await server.request("/api/runs")).status).toBe(401);
  const { out } = await keys(server.data, "list");
  expect(out).toMatch(/ first +revoked .+ \d{4}-\d\d-\d\d \d\d:\d\dZ\n/);
});

test("the text of a key is in neither the data folder nor the log", async () => {
  const configured = "the-configured-key-of-this-server";
  const server = await startExecutable({
    environment: { ACTIOND_API_KEY: configured },
    options: ["--log-level", "debug"],
  });
  const made = (await keys(server.data, "create", "made")).out.trim();
  await untilAnswered(server, made, 200);
  for (const key of [made, configured]) {
    expect((await list(server, key)).status).toBe(200);
    const wrong = await server.run("echo", {}, { "x-api-key": `${key}x` });
    // Waiting for the new key has used up what strangers may try in a second.
    expect([401, 429]).toContain(wrong.status);
    expect(await wrong.text()).not.toContain(key);
    await server.run("throws", {}, { "x-api-key": key });
  }
  const files = readdirSync(server.data).map((name) =>
    readFileSync(join(server.data, name), "latin1"),
  );
  await server.stop();
  const { log } = await server.output();
  expect(files.length).toBeGreaterThan(2);
  for (const text of [...files, log])
    for (const key of [made, configured]) expect(text).not.toContain(key);
  await server[Symbol.asyncDispose]();
});

test("runs and idempotency keys still belong to their owner after a restart", async () => {
  const data = join(makeTemporaryFolder(), "data");
  const [one = "", two = ""] = await Promise.all(
    ["one", "two"].map(async (name) =>
      (await keys(data, "create", name)).out.trim(),
    ),
  );
  const start = () => startExecutable({ data });
  const ask = async (server: TestServer, key: string) => {
    const headers = { "x-api-key": key, "idempotency-key": "k" };
    const reply = await server.run("add", { a: 1 }, headers);
    return reply.headers.get("x-action-server-run-id");
  };
  const before = await start();
  const first = await ask(before, one);
  const second = await ask(before, two);
  expect(first).not.toBe(second);
  await before.stop();
  await using after = await start();
  expect(await ask(after, one)).toBe(first);
  expect(await ask(after, two)).toBe(second);
  const look = async (key: string) =>
    (
      await after.request(`/api/runs/${first}`, {
        headers: { "x-api-key": key },
      })
    ).status;
  expect(await look(one)).toBe(200);
  expect(await look(two)).toBe(404);
});
