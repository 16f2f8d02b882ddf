/** API keys over HTTP: an admin lists, creates and revokes them while the server runs. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import {
  makeTemporaryFolder,
  startInProcess,
  type TestServer,
} from "../server.ts";

const ADMIN = "an-admin-key-of-a-test";

const startWithKey = (options: readonly string[] = []) =>
  startInProcess({ environment: { ACTIOND_API_KEY: ADMIN }, options });
const withKey = (key: string) => ({ authorization: `Bearer ${key}` });
const create = (server: TestServer, body: unknown, key = ADMIN) =>
  server.request("/api/keys", {
    method: "POST",
    headers: { ...withKey(key), "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const list = async (server: TestServer): Promise<any[]> =>
  (
    await server.request("/api/keys", { headers: withKey(ADMIN) })
  ).json() as any;

let server: TestServer;
beforeAll(async () => {
  server = await startWithKey();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

test("a key works from the moment it is created, is shown once, and no longer works when it is revoked", async () => {
  const file = join(makeTemporaryFolder(), "audit.log");
  await using audited = await startWithKey(["--audit-log", file]);
  const reply = await create(audited, { name: "laptop", packages: ["probe"] });
  expect(reply.status).toBe(201);
  const { key, ...shown } = (await reply.json()) as any;
  expect(key).toMatch(/^actiond_/);
  expect(shown).toMatchObject({
    name: "laptop",
    scopes: ["run", "read", "cancel"],
    packages: ["probe"],
    state: "active",
    expires_time: null,
  });
  const headers = withKey(key);
  expect((await audited.run("noop", {}, headers)).status).toBe(200);
  const keys = await list(audited);
  expect(keys).toMatchObject([{ id: shown.id, name: "laptop" }]);
  expect(JSON.stringify(keys)).not.toContain(key);
  const revoked = await audited.request(`/api/keys/${shown.id}`, {
    method: "DELETE",
    headers: withKey(ADMIN),
  });
  expect(revoked.status).toBe(204);
  expect((await audited.run("noop", {}, headers)).status).toBe(401);
  expect(await list(audited)).toMatchObject([{ state: "revoked" }]);
  await audited.stop();
  const entries = (await Bun.file(file).text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(
    entries
      .filter(({ event }) => event.startsWith("key."))
      .map(({ event, key: by, result }) => [event, by, result]),
  ).toEqual([
    ["key.create", "configured", `laptop (${shown.id})`],
    ["key.revoke", "configured", `laptop (${shown.id})`],
  ]);
});

test.each([
  [[], ""],
  [{}, "/name"],
  [{ name: "key_x" }, "/name"],
  [{ name: "a", scopes: ["everything"] }, "/scopes"],
  [{ name: "a", scopes: [] }, "/scopes"],
  [{ name: "a", packages: [] }, "/packages"],
  [{ name: "a", scopes: ["admin"], packages: ["probe"] }, "/packages"],
  [{ name: "a", expires_time: "2001-01-01T00:00:00Z" }, "/expires_time"],
  [{ name: "a", expires: "30d" }, "/expires"],
])(
  "%j is refused as a key, and it is said what is wrong",
  async (body, path) => {
    const reply = await create(server, body);
    expect(reply.status).toBe(422);
    expect(await reply.json()).toMatchObject({
      code: "invalid_input",
      errors: [{ path }],
    });
  },
);

test("two keys cannot have one name, and a key without the scope admin sees and makes none", async () => {
  const members = { name: "one", scopes: ["read"] };
  const { key } = (await (await create(server, members)).json()) as any;
  const again = await create(server, members);
  expect(await again.json()).toMatchObject({
    status: 409,
    code: "key_name_taken",
  });
  expect((await create(server, { name: "two" }, key)).status).toBe(403);
  const seen = await server.request("/api/keys", { headers: withKey(key) });
  expect(seen.status).toBe(403);
});
