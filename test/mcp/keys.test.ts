/** What a key may do through MCP: the same as over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Scope } from "../../src/access/caller.ts";
import { createKey } from "../../src/cli/data/keys/create.ts";
import { openKeyEditor } from "../../src/store/sqlite/keys.ts";
import {
  makeTemporaryFolder,
  startInProcess,
  type TestServer,
} from "../server.ts";
import { toPlain } from "../scenarios/peers/envelopes.ts";
import { connect, ERAS, runIdOf } from "./connect.ts";

let server: TestServer;
const auditLog = join(makeTemporaryFolder(), "audit.log");
const keys: Record<string, string> = {};

beforeAll(async () => {
  const data = makeTemporaryFolder();
  using editor = openKeyEditor(data);
  const make = async (
    name: string,
    scopes: readonly Scope[],
    packages?: readonly string[],
  ) => {
    const { out } = await createKey(
      { name, scopes, packages, expiresMs: Infinity },
      { keys: editor, audit: undefined, uid: 1000, now: Date.now() },
    );
    keys[name] = out.trim();
  };
  await make("alice", ["run", "read"]);
  await make("bob", ["run", "read"]);
  await make("runner", ["run"]);
  await make("reader", ["read"]);
  await make("stranger", ["run", "read"], ["elsewhere"]);
  server = await startInProcess({ data, options: ["--audit-log", auditLog] });
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each(ERAS)("with a client whose era is %s", (era) => {
  const connectAs = (name: string) =>
    connect(server.url, era, { key: keys[name] });

  test("without a key nothing is answered, and the reply says how to send one", async () => {
    const reply = await server.request("/mcp", { method: "POST", body: "{}" });
    expect(reply.status).toBe(401);
    expect(reply.headers.get("www-authenticate")).toStartWith("Bearer ");
    expect(connect(server.url, era)).rejects.toThrow();
    await connect(server.url, era).catch(() => undefined);
  });

  test("a key sees its own runs alone", async () => {
    await using alice = await connectAs("alice");
    await using bob = await connectAs("bob");
    const id = runIdOf(await alice.client.callTool({ name: "probe_noop" }));
    const uri = `actiond://runs/${id}`;
    expect((await alice.client.readResource({ uri })).contents).not.toBeEmpty();
    const other = bob.client.readResource({ uri });
    expect(other).rejects.toThrow(`There is no run "${id}".`);
    await other.catch(() => undefined);
  });

  test("an action sees the name of the key, and the secrets and headers that the client sends", async () => {
    const secrets = { TOKEN: "1234" };
    await using alice = await connect(server.url, era, {
      key: keys["alice"],
      headers: { "x-action-context": toPlain({ secrets }), "x-mine": "m" },
    });
    const result = await alice.client.callTool({ name: "probe_reveals" });
    const [content] = result.content as { text: string }[];
    expect(JSON.parse(content?.text ?? "")).toMatchObject({
      caller: "alice",
      secrets,
      headers: { "x-mine": "m" },
    });
    expect(content?.text).not.toContain(keys["alice"]);
  });

  test("a secret that an action needs and a client does not send is named", async () => {
    await using alice = await connectAs("alice");
    const result = await alice.client.callTool({ name: "probe_needs_twice" });
    expect(result).toMatchObject({
      isError: true,
      _meta: { code: "missing_secret" },
    });
    expect(JSON.stringify(result.content)).toContain("ONE");
  });

  test("a key without the scope to run may look at tools, but not call them", async () => {
    await using reader = await connectAs("reader");
    expect((await reader.client.listTools()).tools).not.toBeEmpty();
    expect(await reader.client.callTool({ name: "probe_noop" })).toMatchObject({
      isError: true,
      _meta: { code: "forbidden" },
    });
  });

  test("what was refused is in the audit log", async () => {
    await using reader = await connectAs("reader");
    await reader.client.callTool({ name: "probe_noop" });
    const last = readFileSync(auditLog, "utf8").trim().split("\n").at(-1) ?? "";
    expect(JSON.parse(last)).toMatchObject({
      event: "run.start",
      outcome: "refused",
      key: "reader",
      address: "127.0.0.1",
      path: "/mcp",
      action: "probe/noop",
      code: "forbidden",
    });
  });

  test("a key that may only run sees the tools it may call, but no runs", async () => {
    await using runner = await connectAs("runner");
    expect((await runner.client.listTools()).tools).not.toBeEmpty();
    await runner.client.callTool({ name: "probe_noop" });
    const runs = runner.client.readResource({ uri: "actiond://runs" });
    expect(runs).rejects.toThrow('lacks the scope "read"');
    await runs.catch(() => undefined);
  });

  test("the tools of a package that a key may not use do not exist for it", async () => {
    await using stranger = await connectAs("stranger");
    expect((await stranger.client.listTools()).tools).toBeEmpty();
    const call = stranger.client.callTool({ name: "probe_noop" });
    expect(call).rejects.toThrow('There is no tool "probe_noop".');
    await call.catch(() => undefined);
  });
});

test("a session belongs to the key that opened it", async () => {
  await using alice = await connect(server.url, "legacy", {
    key: keys["alice"],
  });
  const ask = (key: string | undefined) =>
    server.request("/mcp", {
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-session-id": alice.transport.sessionId ?? "",
        "mcp-protocol-version": "2025-11-25",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });
  expect((await ask(keys["alice"])).status).toBe(200);
  expect((await ask(keys["bob"])).status).toBe(404);
});
