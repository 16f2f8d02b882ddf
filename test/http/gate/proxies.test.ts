/** Behind proxies: who is believed, and what follows for links, names and addresses. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Proxies } from "../../../src/http/gate/proxies.ts";
import {
  makeTemporaryFolder,
  startInProcess,
  type TestServer,
} from "../../server.ts";

const actions = join(import.meta.dir, "..", "..", "..", "actions");
const PUBLIC = {
  "x-forwarded-for": "198.51.100.7",
  "x-forwarded-host": "actions.example.com",
  "x-forwarded-proto": "https",
  "x-forwarded-prefix": "/public",
};

/** @returns what is known of a request that comes from `sender` */
function read(
  headers: Record<string, string>,
  { sender = "10.0.0.1", url = "http://inner:8080/api/runs" } = {},
) {
  const request = new Request(url, { headers: { host: "inner", ...headers } });
  const proxies = new Proxies(["10.0.0.0/8", "2001:db8::/32"], "/base");
  const found = proxies.read(request, { addressOf: () => sender });
  return { ...found, host: request.headers.get("host"), url: request.url };
}

describe("who sent a request", () => {
  test.each([
    ["198.51.100.7", "198.51.100.7"],
    // What the client sent itself stands before what the proxies have added.
    ["1.1.1.1, 198.51.100.7", "198.51.100.7"],
    ["1.1.1.1, 198.51.100.7, 10.1.2.3", "198.51.100.7"],
    ["10.9.9.9, 10.1.2.3", "10.9.9.9"],
    ["198.51.100.7:5123", "198.51.100.7"],
    ["::ffff:198.51.100.7", "198.51.100.7"],
    ["[2001:db9::1]:443", "2001:db9::1"],
    ["unknown, 10.1.2.3", "10.1.2.3"],
    ["1.1.1.1, nonsense", undefined],
    ["", undefined],
  ])("X-Forwarded-For: %s means %p", (header, address) => {
    expect(read({ "x-forwarded-for": header }).address).toBe(address);
  });

  test.each([
    ["for=198.51.100.7", "198.51.100.7"],
    ['for="[2001:db9::1]:80";proto=https', "2001:db9::1"],
    ["for=1.1.1.1, for=198.51.100.7, for=10.1.2.3", "198.51.100.7"],
    ["for=_hidden, for=10.1.2.3", "10.1.2.3"],
    ['for="', undefined],
  ])(
    "Forwarded: %s means %p, whatever the other header says",
    (header, address) => {
      const other = { "x-forwarded-for": "203.0.113.9" };
      expect(read({ forwarded: header, ...other }).address).toBe(address);
    },
  );

  test("nobody but the proxies that were named is believed", () => {
    expect(read(PUBLIC, { sender: "192.0.2.1" })).toEqual({
      address: undefined,
      origin: undefined,
      prefix: "/base",
      host: "inner",
      url: "http://inner:8080/api/runs",
    });
  });
});

test("the name that a client asked is the one that the client's proxy was asked by", () => {
  expect(read(PUBLIC)).toMatchObject({
    origin: "https://actions.example.com",
    host: "actions.example.com",
    prefix: "/public",
  });
  const chain = {
    "x-forwarded-for": "198.51.100.7, 10.1.2.3",
    "x-forwarded-host": "actions.example.com, middle",
    "x-forwarded-proto": "https, http",
  };
  expect(read(chain).origin).toBe("https://actions.example.com");
  const forwarded =
    'for=198.51.100.7;host="actions.example.com:8443";proto=https, for=10.1.2.3;host=middle;proto=http';
  expect(read({ forwarded }).origin).toBe("https://actions.example.com:8443");
  expect(read({ ...PUBLIC, "x-forwarded-host": "a b" })).toMatchObject({
    origin: undefined,
    host: "inner",
  });
  expect(
    read({ ...PUBLIC, "x-forwarded-prefix": "//evil.example" }).prefix,
  ).toBe("/base");
});

test.each([
  ["/base/api/runs?limit=1", "/api/runs?limit=1"],
  ["/base", "/"],
  ["/base?full", "/?full"],
  ["/basement", "/basement"],
  ["/api/base/x", "/api/base/x"],
])("a request for %s is one for %s", (asked, path) => {
  const { url } = read({}, { url: `http://inner:8080${asked}` });
  expect(url).toBe(`http://inner:8080${path}`);
});

describe("a server behind a proxy", () => {
  const audit = join(makeTemporaryFolder(), "audit.log");
  let server: TestServer;
  beforeAll(async () => {
    const options = ["--trust-proxy", "127.0.0.0/8", "--base-path", "/actiond"];
    server = await startInProcess({
      actions,
      options: [
        ...options,
        "--allow-host",
        "actions.example.com",
        "--rate-limit",
        "3",
        "--audit-log",
        audit,
      ],
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });
  const from = (address: string, headers: Record<string, string> = {}) => ({
    headers: { ...headers, "x-forwarded-for": address },
  });

  test("each client has its own rate, and the audit log names it", async () => {
    const statuses: number[] = [];
    for (let number = 0; number < 8; number += 1)
      statuses.push(
        (await server.request("/api/runs", from(`198.51.100.${number}`)))
          .status,
      );
    expect(new Set(statuses)).toEqual(new Set([200]));
    const again = () => server.request("/api/runs", from("203.0.113.5"));
    let asked = 1;
    while ((await again()).status !== 429 && asked < 100) asked += 1;
    expect(asked).toBeWithin(4, 100);
    while (!readFileSync(audit, "utf8").includes('"address":"203.0.113.5"'))
      await Bun.sleep(5);
  });

  test("links lead through the proxy, with the path that it has there or the one of --base-path", async () => {
    const links = async (path: string, prefix?: string) => {
      const headers = {
        ...from("192.0.2.77").headers,
        "x-actions-async-timeout": "0",
        ...(prefix === undefined ? {} : { "x-forwarded-prefix": prefix }),
      };
      const run = await server.request(
        `${path}/api/actions/greeter/greet/run`,
        {
          method: "POST",
          headers,
          body: '{"name":"Ada"}',
        },
      );
      return run.headers.get("location");
    };
    expect(await links("")).toStartWith("/actiond/api/runs/");
    expect(await links("/actiond")).toStartWith("/actiond/api/runs/");
    expect(await links("", "/public/")).toStartWith("/public/api/runs/");
    const list = await server.request("/api/runs?limit=1", from("192.0.2.78"));
    expect(list.headers.get("link")).toStartWith("</actiond/api/runs?");
    const listed = (await (
      await server.request("/api/actions", from("192.0.2.78"))
    ).json()) as { url: string }[];
    expect(listed[0]?.url).toBe("/actiond/api/actions/files/hash-folder/run");
  });

  test("the document says where clients find the server", async () => {
    const serversOf = async (headers: Record<string, string>) => {
      const reply = await server.request("/actiond/openapi.json", { headers });
      return ((await reply.json()) as { servers: unknown }).servers;
    };
    expect(await serversOf(from("192.0.2.79").headers)).toEqual([
      { url: "/actiond" },
    ]);
    expect(
      await serversOf({ ...PUBLIC, "x-forwarded-for": "192.0.2.80" }),
    ).toEqual([{ url: "https://actions.example.com/public" }]);
  });

  test("only pages that were loaded by the name and scheme that the proxy has may call", async () => {
    const call = async (origin: string) =>
      (
        await server.request("/api/actions/greeter/greet/run", {
          method: "POST",
          headers: { ...PUBLIC, "x-forwarded-for": "192.0.2.81", origin },
          body: '{"name":"Ada"}',
        })
      ).status;
    expect(await call("https://actions.example.com")).toBe(200);
    expect(await call("http://actions.example.com")).toBe(403);
  });

  test("the page at /docs finds its files below the path", async () => {
    const page = await (await server.request("/actiond/docs")).text();
    expect(page).toContain('src="docs/docs.js"');
    expect((await server.request("/actiond/docs/docs.js")).status).toBe(200);
  });
});
