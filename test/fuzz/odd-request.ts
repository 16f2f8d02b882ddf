/** Requests that no well-behaved client sends: any of them, from a seed that repeats them. */
import { between, pick, type Random } from "../chaos/random.ts";
import { oddBody } from "./odd-body.ts";
import { oddFraming } from "./odd-framing.ts";
import { oddHeaders } from "./odd-headers.ts";
import { oddTarget } from "./odd-target.ts";

export interface OddRequest {
  readonly kind: string;
  /** What is sent, in pieces with a turn of the event loop between them. */
  readonly pieces: readonly Buffer[];
  /** What the client does then: reads what comes, says that it will send no more, or is gone at once. */
  readonly finally: "read" | "end" | "reset";
}

type Make = (random: Random) => string | Buffer;

const KINDS: Readonly<Record<string, Make>> = {
  "random bytes": (random) => randomBytes(random, between(random, 1, 2000)),
  "a target": oddTarget,
  headers: oddHeaders,
  "a body": oddBody,
  framing: oddFraming,
  "a mutation": mutate,
  pipelining: pipeline,
};
const NAMES = Object.keys(KINDS);
const PARTS = NAMES.filter(
  (name) => name !== "a mutation" && name !== "pipelining",
);

export function makeOddRequest(random: Random): OddRequest {
  const kind = pick(random, NAMES);
  const bytes = make(kind, random);
  const manner = random();
  // Most are sent in one go and to their end: what they are matters more than how they come.
  if (manner < 0.8) return { kind, pieces: [bytes], finally: "read" };
  if (manner < 0.85)
    return {
      kind: `${kind}, slowly`,
      pieces: cut(random, bytes),
      finally: "end",
    };
  const part = bytes.subarray(0, between(random, 0, bytes.length));
  const last = pick(random, ["read", "end", "reset"] as const);
  return {
    kind: `${kind}, broken off`,
    pieces: cut(random, part),
    finally: last,
  };
}

function make(kind: string, random: Random): Buffer {
  const made = KINDS[kind]?.(random) ?? "";
  return typeof made === "string" ? Buffer.from(made, "latin1") : made;
}

function mutate(random: Random): Buffer {
  const bytes = Buffer.from(make(pick(random, PARTS), random));
  const count = between(random, 1, 8);
  for (let time = 0; time < count && bytes.length > 0; time += 1) {
    const at = between(random, 0, Math.min(bytes.length, 400) - 1);
    bytes[at] = pick(random, [0, 9, 10, 13, 32, 58, 128, 255, at % 256]);
  }
  return bytes;
}

function pipeline(random: Random): Buffer {
  const count = between(random, 2, 12);
  const good = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
  const parts = Array.from({ length: count }, () =>
    random() < 0.5
      ? Buffer.from(good)
      : make(pick(random, PARTS), random).subarray(0, 20_000),
  );
  return Buffer.concat(parts);
}

function cut(random: Random, bytes: Buffer): Buffer[] {
  const places = Array.from({ length: between(random, 1, 6) }, () =>
    between(random, 0, bytes.length),
  ).toSorted((a, b) => a - b);
  return [0, ...places].map((from, index) =>
    bytes.subarray(from, places[index] ?? bytes.length),
  );
}

function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => between(random, 0, 255)));
}
