/** What a proxy and a server may take for one request or for two: https://portswigger.net/web-security/request-smuggling */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { startInProcess, type TestServer } from "../server.ts";
import { exchange, toReplies } from "./exchange.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startInProcess();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const LINE = "POST /api/actions/probe/echo/run HTTP/1.1";
const SECOND = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
const LAST = SECOND.replace("host:", "connection: close\r\nhost:");
/** The server closes each of these connections, after a refusal or the last request. */
const PATIENCE_MS = 20_000;

async function statusesOf(text: string): Promise<number[]> {
  const pieces = [Buffer.from(text, "latin1")];
  const said = await exchange(
    server.url,
    { kind: "framing", pieces, finally: "read" },
    PATIENCE_MS,
  );
  return toReplies(said).map(({ status }) => status);
}

const withBody = (headers: readonly string[], body: string, line = LINE) =>
  `${[line, "host: localhost", "content-type: application/json", ...headers].join("\r\n")}\r\n\r\n${body}${SECOND}`;

test.each([
  ["a length and chunks", ["content-length: 2", "transfer-encoding: chunked"]],
  ["chunks and a length", ["transfer-encoding: chunked", "content-length: 2"]],
  ["two lengths", ["content-length: 2", "content-length: 40"]],
  ["a list of lengths", ["content-length: 2,2"]],
  ["a length with a sign", ["content-length: +2"]],
  ["a negative length", ["content-length: -2"]],
  ["a length in hex", ["content-length: 0x2"]],
  ["a length beyond 64 bits", ["content-length: 18446744073709551618"]],
  ["an empty length", ["content-length: "]],
  ["another coding", ["transfer-encoding: xchunked"]],
  ["chunked not last", ["transfer-encoding: chunked, identity"]],
  ["identity", ["transfer-encoding: identity"]],
  ["two codings", ["transfer-encoding: chunked", "transfer-encoding: x"]],
  ["a blank before the colon", ["transfer-encoding : chunked"]],
  ["a vertical tab", ["transfer-encoding:\u000bchunked"]],
  ["a folded line", ["x: y\r\n transfer-encoding: chunked"]],
  ["a bare line feed", ["x: y\ntransfer-encoding: chunked"]],
  ["a bare carriage return", ["x: y\rtransfer-encoding: chunked"]],
  ["a NUL", ["x: y\0z", "content-length: 2"]],
  ["a header without a name", [": y", "content-length: 2"]],
  ["a line without a colon", ["x", "content-length: 2"]],
])(
  "a request with %s is refused and nothing after it is read",
  async (_, headers) => {
    expect(await statusesOf(withBody(headers, "0\r\n\r\n"))).toEqual([400]);
  },
);

test.each([
  ["0x2\r\n{}\r\n0\r\n\r\n"],
  ["+2\r\n{}\r\n0\r\n\r\n"],
  ["2\n{}\n0\n\n"],
  ["2;a\nb\r\n{}\r\n0\r\n\r\n"],
  ["fffffffffffffffff\r\n{}\r\n0\r\n\r\n"],
  ["2\r\n{}0\r\n\r\n"],
  ["2\r\n{}xx0\r\n\r\n"],
])(
  "a request with the chunks %j is refused and nothing after them is read",
  async (chunks) => {
    const headers = ["transfer-encoding: chunked"];
    expect(await statusesOf(withBody(headers, chunks))).toEqual([400]);
  },
);

test("chunks in an HTTP/1.0 request are refused", async () => {
  const line = LINE.replace("1.1", "1.0");
  const headers = ["transfer-encoding: chunked"];
  expect(await statusesOf(withBody(headers, "0\r\n\r\n", line))).toEqual([400]);
});

test("a request whose framing is not ambiguous is answered", async () => {
  const request = withBody(["content-length: 2", "connection: close"], "{}");
  expect(await statusesOf(request.slice(0, -SECOND.length))).toEqual([200]);
  expect(await statusesOf(SECOND + LAST)).toEqual([200, 200]);
});
