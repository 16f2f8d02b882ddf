/** Bodies of well-framed requests: JSON that is deep, wide, broken, or no text at all. */
import { between, pick, type Random } from "../chaos/random.ts";
import { words } from "./words.ts";

/** Where Bun takes a second to refuse what is so deep, in one place or another, unless it is refused before. */
const DEPTH = 60_000;
const BODIES: readonly ((random: Random) => string | Buffer)[] = [
  (random) => "[".repeat(between(random, 1, DEPTH)),
  (random) => nest(between(random, 1, DEPTH), "[", "]"),
  (random) => `{"a":${nest(between(random, 1, DEPTH), '{"a":', "}", "1")}}`,
  (random) => `{${'"a":1,'.repeat(between(random, 1, 20_000))}"b":2}`,
  (random) => `{"a":${"9".repeat(between(random, 1, 50_000))}}`,
  (random) => `{"a":"${"\\u0000".repeat(between(random, 1, 2000))}"}`,
  (random) => Buffer.from([...oddBytes(random)]),
  () =>
    Buffer.concat([
      Buffer.from('{"a":"'),
      Buffer.from([0xff, 0xc0, 0xaf, 0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ]),
  () => '{"a":"\\ud800","\\udfff":1}',
  () => '{"__proto__":{"a":1},"constructor":{"prototype":{"a":1}},"toJSON":1}',
  () => "\u00ef\u00bb\u00bf{}",
  () => '{"a":1}\0',
  () => '{"a":1e99999,"b":-0}',
  (random) =>
    pick(random, [
      "",
      " ",
      "null",
      "[]",
      '""',
      "0",
      "{",
      "}",
      "\0",
      "NaN",
      "{a:1}",
      "//",
      '{"a":1,}',
    ]),
];
const TYPES = [
  ...words(`
    application/json application/json application/json APPLICATION/JSON
    text/plain application/x-www-form-urlencoded application/problem+json
    application/json/json */*
  `),
  "application/json; charset=utf-16",
  "",
  "multipart/form-data; boundary=x",
  "\u00ff",
];
const ACTIONS = ["noop", "echo", "add"];

export function oddBody(random: Random): Buffer {
  const body = pick(random, BODIES)(random);
  const bytes = typeof body === "string" ? Buffer.from(body, "latin1") : body;
  const headers = [
    `POST /api/actions/probe/${pick(random, ACTIONS)}/run HTTP/1.1`,
    "host: localhost",
    `content-type: ${pick(random, TYPES)}`,
    ...(random() < 0.05 ? ["content-encoding: gzip"] : []),
    `content-length: ${bytes.length}`,
    ...(random() < 0.3 ? ["idempotency-key: fuzz"] : []),
    ...(random() < 0.3 ? ["prefer: respond-async"] : []),
  ];
  return Buffer.concat([
    Buffer.from(`${headers.join("\r\n")}\r\n\r\n`, "latin1"),
    bytes,
  ]);
}

function nest(depth: number, open: string, close: string, core = ""): string {
  return `${open.repeat(depth)}${core}${close.repeat(depth)}`;
}

function* oddBytes(random: Random) {
  const length = between(random, 1, 500);
  for (let at = 0; at < length; at += 1) yield between(random, 0, 255);
}
