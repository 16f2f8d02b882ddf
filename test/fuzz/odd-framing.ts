/** Requests whose end is doubtful: what proxies and servers have been made to disagree about (RFC 9112 section 11.2). */
import { between, pick, type Random } from "../chaos/random.ts";
import { words } from "./words.ts";

const LINE = "POST /api/actions/probe/noop/run HTTP/1.1";
const SECOND = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
const LENGTHS = [
  ...words("+2 -1 0x2 2,2 2; 02 1e1 18446744073709551618 4294967298 ²"),
  "2 ",
  " 2",
  "2, 3",
  "",
  " ",
  "2\0",
  "9".repeat(25),
  "2 2",
];
const CODINGS = [
  ...words("chunked Chunked xchunked identity"),
  "chunked, identity",
  "gzip, chunked",
  "chunked, chunked",
  "\tchunked",
  "chunked\u000b",
  "",
  ",",
  "chunked;x=1",
  '"chunked"',
  "chunke\u0064\0",
  "chunked, cow",
  " chunked ",
];
const SIZES = [
  "2",
  "02",
  "0x2",
  "+2",
  "-2",
  "2 ",
  " 2",
  "2;a=b",
  '2;a="b\r\nc"',
  "2g",
  "",
  "f".repeat(16),
  "f".repeat(40),
  "7fffffff",
  "80000000",
  `2;${"x".repeat(9000)}`,
];
const ENDS = ["\r\n", "\r\n", "\n", "\r", "", "\r\n\r\n", "\0"];

export function oddFraming(random: Random): string {
  const end = random() < 0.8 ? "\r\n" : pick(random, ENDS);
  const lines = [
    random() < 0.9 ? LINE : LINE.replace("1.1", "1.0"),
    "host: localhost",
    "content-type: application/json",
    ...framing(random),
  ];
  const body = random() < 0.5 ? "{}" : chunks(random);
  return `${lines.join(end)}${end}${end}${body}${random() < 0.7 ? SECOND : ""}`;
}

function framing(random: Random): string[] {
  const name = pick(random, ["content-length", "Content-Length"]);
  const length = `${name}: ${random() < 0.5 ? "2" : pick(random, LENGTHS)}`;
  const colon = pick(random, [": ", ": ", ":", " : ", ":\t", ": \r\n "]);
  const coding = `transfer-encoding${colon}${pick(random, CODINGS)}`;
  return pick(random, [
    [length],
    [length, coding],
    [coding, length],
    [coding],
    [coding, coding],
    ["content-length: 2", length],
    [length, "content-length: 40"],
    [length, `x: y\r\n ${coding}`],
    [`x: y\rtransfer-encoding: chunked`, length],
  ]);
}

function chunks(random: Random): string {
  const count = between(random, 0, 3);
  const all = Array.from(
    { length: count },
    () =>
      `${random() < 0.6 ? "2" : pick(random, SIZES)}${pick(random, ENDS)}{}${pick(random, ENDS)}`,
  );
  return `${all.join("")}${pick(random, ["0\r\n\r\n", "0\r\n\r\n", "0\r\n", "0", "0\r\nx: y\r\n\r\n", "00\r\n\r\n", "0\n\n", ""])}`;
}
