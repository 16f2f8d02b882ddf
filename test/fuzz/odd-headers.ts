/** Headers: those the server reads with values it does not expect, and more, longer and stranger ones than it needs. */
import { between, pick, type Random } from "../chaos/random.ts";
import { words } from "./words.ts";

const NAMES = [
  ...words(`
    x-actions-async-timeout x-actions-async-callback prefer
    x-actions-request-id x-actions-on-disconnect idempotency-key
    x-actions-run-timeout x-actions-start-timeout traceparent tracestate
    authorization x-api-key cookie origin host accept range if-none-match te
    trailer forwarded via x-forwarded-for x-http-method-override
    content-length date content-type content-encoding upgrade connection
    expect
  `),
];
const VALUES = [
  ...words("0 0.2 -1 1e3 inf"),
  "",
  " ",
  "9".repeat(400),
  "\t",
  "\0",
  "respond-async",
  "wait=1",
  'wait="',
  '"',
  "\\",
  '"\\"',
  ",",
  ";",
  "=",
  "*",
  ...words(`
    http://127.0.0.1:9/ http://[::1]:9/ http://user:word@127.0.0.1/
    http://169.254.169.254/ // javascript:alert(1)
  `),
  "http://\u00ff/",
  "cancel",
  "chunked",
  "close",
  "keep-alive",
  "100-continue",
  "h2c",
  "gzip",
  "Bearer x",
  "Bearer",
  "Basic e30=",
  "bytes=0-",
  "null",
  "application/json",
  ...words("é ${jndi:ldap://x} text/plain []"),
  "\u0080\u00ff",
  "a\u007fb",
];
const UPGRADES = [
  "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
  "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAARAAAAAAAIAAAAA",
  "connection: upgrade\r\nupgrade: TLS/1.0",
  "expect: 100-continue",
  "expect: something",
];

export function oddHeaders(random: Random): string {
  const path = pick(random, [
    "POST /api/actions/probe/noop/run",
    "POST /api/actions/probe/noop/run",
    "GET /api/runs?limit=1",
    "GET /docs",
  ]);
  return `${path} HTTP/1.1\r\nhost: localhost\r\n${block(random)}\r\n\r\n`;
}

function block(random: Random): string {
  switch (between(random, 0, 9)) {
    case 0:
      return `${pick(random, NAMES)}: ${"x".repeat(between(random, 1, 100_000))}`;
    case 1:
      return many(between(random, 1, 3000), (index) => `x-${index}: y`);
    case 2:
      return pick(random, UPGRADES);
    case 3:
      return `prefer: ${many(between(random, 1, 5000), () => pick(random, ['"', "\\", ";", "=", " ", "a"]), "")}`;
    case 4:
      return pick(random, [
        "no colon",
        ": no name",
        "a b: c",
        "a : b",
        "a\0b: c",
        "é: x",
        "a: b\r\n folded",
        "a: b\n c",
        "a: b\rc: d",
        "\r\na: b",
        "a:\u0000b",
      ]);
    default:
      return many(
        between(random, 1, 4),
        () => `${pick(random, NAMES)}: ${pick(random, VALUES)}`,
      );
  }
}

function many(
  length: number,
  make: (index: number) => string,
  separator = "\r\n",
): string {
  return Array.from({ length }, (_, index) => make(index)).join(separator);
}
