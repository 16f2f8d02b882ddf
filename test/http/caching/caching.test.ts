/** What is asked for again and again is sent only to those who do not have it, and compressed if it is long. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import {
  acceptsGzip,
  hasAlready,
} from "../../../src/http/caching/negotiate.ts";
import { startInProcess, type TestServer } from "../../server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startInProcess();
  // Its list is sent in pieces.
  await server.run("echo", { text: "ab".repeat(200_000) });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { headers, decompress: false } as RequestInit);

const RUNS = "/api/runs?fields=id&fields=inputs";

test.each([
  "/openapi.json?full",
  "/docs/swagger-ui.js",
  "/docs/docs.js",
  "/api/actions",
  "/api/callbacks",
  RUNS,
])("%s is sent only to those who do not have it", async (path) => {
  const first = await get(path);
  expect(first.status).toBe(200);
  expect(first.headers.get("vary")).toContain("accept-encoding");
  const etag = first.headers.get("etag") as string;
  const again = await get(path, { "if-none-match": `"other", ${etag}` });
  expect(again.status).toBe(304);
  expect(again.headers.get("etag")).toBe(etag);
  expect(await again.text()).toBe("");
  expect((await get(path, { "if-none-match": '"other"' })).status).toBe(200);
});

test.each(["/openapi.json?full", "/docs/swagger-ui.js", "/api/actions", RUNS])(
  "%s is compressed for those who can read that",
  async (path) => {
    const plain = await get(path);
    expect(plain.headers.get("content-encoding")).toBeNull();
    const zipped = await get(path, { "accept-encoding": "br, gzip" });
    expect(zipped.headers.get("content-encoding")).toBe("gzip");
    const bytes = await zipped.bytes();
    const content = await plain.bytes();
    expect(bytes.length).toBeLessThan(content.length / 2);
    expect(gunzipSync(bytes).equals(content)).toBe(true);
  },
);

test("a list has another tag as soon as it is another one", async () => {
  const before = (await get("/api/runs?limit=1")).headers.get("etag") as string;
  await server.run("noop", {});
  const after = await get("/api/runs?limit=1", { "if-none-match": before });
  expect(after.status).toBe(200);
});

test.each([
  ["gzip", true],
  ["GZIP;q=0.5, br", true],
  ["br, *", true],
  ["*;q=0", false],
  ["gzip;q=0", false],
  ["gzip;q=0, *", false],
  ["identity", false],
  ["gzipped", false],
  ["", false],
])("accept-encoding: %s takes gzip: %p", (header, isTaken) => {
  const headers = new Headers({ "accept-encoding": header });
  expect(acceptsGzip({ headers })).toBe(isTaken);
});

test.each([
  ['"a"', true],
  ['W/"a"', true],
  ['"b", "a"', true],
  ["*", true],
  ['"ab"', false],
])('if-none-match: %s names W/"a": %p', (header, isNamed) => {
  const headers = new Headers({ "if-none-match": header });
  expect(hasAlready({ headers }, 'W/"a"')).toBe(isNamed);
});
