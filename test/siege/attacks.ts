/** What one caller may send to take the server from the others. Each attack says what it may cost at most. */
import { connect } from "node:net";
import type { Castle } from "./castle.ts";

export interface Attack {
  readonly title: string;
  readonly options?: readonly string[];
  readonly run: (castle: Castle) => Promise<unknown>;
  /** MiB that the process may have at most, at any time. */
  readonly maxMb: number;
  /** Milliseconds that others may wait at most. */
  readonly maxWaitMs: number;
}

const MB = 1024 * 1024;
/** A machine that is busy with other things makes everything slow. */
const SLOW_MS = 3000;

function post(
  { server, headers }: Castle,
  action: string,
  body: string | Uint8Array<ArrayBuffer>,
  extra: Record<string, string> = {},
): Promise<Response> {
  return server.request(`/api/actions/castle/${action}/run`, {
    method: "POST",
    headers: { ...headers("mallory"), ...extra },
    body,
  });
}

/** Sends the same request several times at once, and reads the replies. */
async function flood(
  count: number,
  send: () => Promise<Response>,
): Promise<number[]> {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      try {
        const reply = await send();
        await reply.arrayBuffer();
        return reply.status;
      } catch {
        return 0;
      }
    }),
  );
}

const collide = (count: number) =>
  `{${Array.from({ length: count }, (_, index) => `"\u0093K\u00b8\u008b${String(index).padStart(8, "0")}\u00c9\u00ac.\u0096":1`).join(",")}}`;

const BODIES: readonly [
  string,
  string,
  () => string | Uint8Array<ArrayBuffer>,
][] = [
  ["a megabyte of names that collide", "greet", () => collide(40_000)],
  ["ten megabytes of brackets", "greet", () => "[".repeat(10 * MB)],
  [
    "ten megabytes of empty objects",
    "greet",
    () => `{"name":"x","j":[${"{},".repeat(3.3 * MB)}{}]}`,
  ],
  [
    "objects that defaults fill",
    "order",
    () => `{"lines":[${"{},".repeat(90_000)}{}]}`,
  ],
  [
    "ten megabytes of quotes",
    "greet",
    () => JSON.stringify({ name: '"'.repeat(4.9 * MB) }),
  ],
  [
    "a hundred thousand unique items",
    "unique",
    () =>
      JSON.stringify({
        all: Array.from(
          { length: 90_000 },
          (_, index) => `${"x".repeat(80)}${index}`,
        ),
      }),
  ],
  [
    "a pattern that takes for ever",
    "pattern",
    () => JSON.stringify({ text: `${"a".repeat(60)}!` }),
  ],
  [
    "ten megabytes that are not UTF-8",
    "greet",
    () => {
      const bytes = new Uint8Array(10 * MB - 100).fill(0xff);
      bytes.set(Buffer.from('{"name":"'));
      bytes.set(Buffer.from('"}'), bytes.length - 2);
      return bytes;
    },
  ],
];

export const ATTACKS: readonly Attack[] = [
  ...BODIES.map(([title, action, make]) => ({
    title: `six requests at once, each ${title}`,
    options: ["--max-check", "1s"],
    run: async (castle: Castle) => {
      const body = make();
      await flood(6, () => post(castle, action, body));
    },
    maxMb: 1500,
    maxWaitMs: SLOW_MS,
  })),
  {
    title: "large results that nobody reads",
    run: async (castle) => {
      const reply = await post(castle, "large", '{"megabytes":10}');
      const id = reply.headers.get("x-action-server-run-id");
      await reply.arrayBuffer();
      const { authorization } = castle.headers("mallory");
      const { port } = new URL(castle.server.url);
      const sockets = Array.from({ length: 60 }, () => {
        const socket = connect(Number(port), "127.0.0.1");
        socket.on("error", () => undefined);
        socket.pause();
        socket.write(
          `GET /api/runs/${id} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\n\r\n`,
        );
        return socket;
      });
      await Bun.sleep(3000);
      for (const socket of sockets) socket.destroy();
    },
    maxMb: 1500,
    maxWaitMs: SLOW_MS,
  },
  {
    title: "large inputs that wait in the queue",
    options: ["--max-running", "1"],
    run: async (castle) => {
      await post(castle, "forever", "{}", { "x-actions-async-timeout": "0" });
      const body = JSON.stringify({ name: "x".repeat(5 * MB) });
      for (let count = 0; count < 40; count += 1)
        await flood(1, () =>
          post(castle, "greet", body, { "x-actions-async-timeout": "0" }),
        );
    },
    maxMb: 1500,
    maxWaitMs: SLOW_MS,
  },
];
