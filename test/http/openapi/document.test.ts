/** The OpenAPI document of a server that asks for keys. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { createKey } from "../../../src/cli/data/keys/create.ts";
import { openKeyEditor } from "../../../src/store/sqlite/keys.ts";
import {
  makeTemporaryFolder,
  startInProcess,
  type TestServer,
} from "../../server.ts";

const actions = join(import.meta.dir, "..", "..", "..", "actions");
const data = join(makeTemporaryFolder(), "data");

let server: TestServer;
let all: string;
let limited: string;
beforeAll(async () => {
  using editor = openKeyEditor(data);
  const create = async (name: string, packages?: string[]) => {
    const { out } = await createKey(
      {
        name,
        scopes: ["run", "read"],
        packages,
        expiresMs: Infinity,
      },
      { keys: editor, now: Date.now() },
    );
    return out.trim();
  };
  all = await create("all");
  limited = await create("limited", ["greeter", "shop"]);
  server = await startInProcess({ actions, data });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

async function get(path: string, key: string): Promise<any> {
  return (await server.request(path, { headers: { "x-api-key": key } })).json();
}
const runsOf = (document: { paths: object }) =>
  Object.keys(document.paths).filter((path) => path.endsWith("/run"));

test("the document says how to send a key, where one is needed and what the answer is without one", async () => {
  const document = await get("/openapi.json?full", all);
  expect(await new Validator().validate(document)).toMatchObject({
    valid: true,
  });
  expect(document.security).toEqual([{ bearer: [] }, { apiKey: [] }]);
  expect(document.components.securitySchemes).toEqual({
    bearer: { type: "http", scheme: "bearer" },
    apiKey: { type: "apiKey", in: "header", name: "x-api-key" },
  });
  const { get: ready } = document.paths["/health/ready"];
  expect(ready.security).toEqual([]);
  expect(ready.responses[401]).toBeUndefined();
  const { post } = document.paths["/api/actions/greeter/greet/run"];
  expect(Object.keys(post.responses)).toContain("401");
  expect(Object.keys(post.responses)).toContain("403");
});

test("the document of a server without a key asks for none", async () => {
  await using open = await startInProcess({ actions });
  const document: any = await (await open.request("/openapi.json?full")).json();
  expect(document.security).toBeUndefined();
  expect(Object.keys(document.components)).not.toContain("securitySchemes");
  expect(document.paths["/api/runs"].get.responses[401]).toBeUndefined();
});

test("the document is only shown to everybody where that is asked for", async () => {
  expect((await server.request("/openapi.json")).status).toBe(401);
  await using open = await startInProcess({
    actions,
    environment: { ACTIOND_API_KEY: "the-one-key-of-this-server" },
    options: ["--open-docs", "--server-url", "https://actions.example.com"],
  });
  const document: any = await (await open.request("/openapi.json")).json();
  expect(runsOf(document)).toHaveLength(4);
  expect(document.security).toEqual([{ bearer: [] }, { apiKey: [] }]);
  expect(document.servers).toEqual([{ url: "https://actions.example.com" }]);
  expect((await open.request("/api/actions")).status).toBe(401);
  const run = "/api/actions/greeter/greet/run";
  expect((await open.request(run, { method: "POST" })).status).toBe(401);
});

test("a server may describe every operation to everybody", async () => {
  await using full = await startInProcess({
    actions,
    options: ["--full-openapi"],
  });
  const document: any = await (await full.request("/openapi.json")).json();
  expect(Object.keys(document.paths)).toContain("/api/runs/{id}");
});

test("a server that counts requests says in the document how its replies tell that", async () => {
  await using counting = await startInProcess({
    actions,
    options: ["--rate-limit", "100"],
  });
  const document: any = await (
    await counting.request("/openapi.json?full")
  ).json();
  const headersOf = (path: string, method: string) =>
    Object.keys(document.paths[path][method].responses[200].headers ?? {});
  expect(headersOf("/api/runs", "get")).toContain("ratelimit");
  expect(headersOf("/health/live", "get")).not.toContain("ratelimit");
});

describe("keys for some packages", () => {
  test("a key for some packages is shown no others in the document and the list", async () => {
    expect(runsOf(await get("/openapi.json", all))).toHaveLength(4);
    expect(runsOf(await get("/openapi.json", limited))).toEqual([
      "/api/actions/greeter/greet/run",
      "/api/actions/shop/order/run",
    ]);
    const shown = JSON.stringify(await get("/openapi.json", limited));
    expect(JSON.stringify(await get("/openapi.json", all))).toMatch(/report/i);
    expect(shown).not.toMatch(/report/i);
    const list: { address: string }[] = await get("/api/actions", limited);
    expect(list.map(({ address }) => address)).toEqual([
      "greeter/greet",
      "shop/order",
    ]);
  });

  test.each(["files/hash-folder", "none/at-all"])(
    "a key for some packages may not run %s",
    async (address) => {
      const reply = await server.request(`/api/actions/${address}/run`, {
        method: "POST",
        headers: { "x-api-key": limited },
      });
      expect(reply.status).toBe(403);
      expect(await reply.json()).toMatchObject({
        code: "forbidden",
        detail: `The key "limited" may not use the package "${address.split("/")[0]}". It may use greeter, shop.`,
      });
    },
  );

  test("a key for some packages may run the actions of those", async () => {
    const reply = await server.request("/api/actions/greeter/greet/run", {
      method: "POST",
      headers: { "x-api-key": limited, "content-type": "application/json" },
      body: '{"name":"World"}',
    });
    expect(await reply.text()).toBe('"Hello Mr. World."');
  });
});
