/** Bodies that cost far more to read than to send. */
import type { Attack } from "../besiege.ts";
import type { Castle } from "../castle.ts";
import { DETACHED, flood, MB, post } from "../send.ts";

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
    "a recursive union, nine hundred levels deep",
    "tree",
    () =>
      `{"root":${'{"child":'.repeat(900)}{"kind":"leaf"}${"}".repeat(900)}}`,
  ],
  [
    "a recursive union of forty thousand branches, of which the last one is wrong",
    "tree",
    () =>
      `{"root":{"kind":"branch","children":[${'{"kind":"branch","children":[]},'.repeat(40_000)}{"kind":"twig"}]}}`,
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

export const BODY_ATTACKS: readonly Attack[] = [
  ...BODIES.map(([title, action, make]) => ({
    title: `six requests at once, each ${title}`,
    run: async (castle: Castle) => {
      const body = make();
      await flood(6, () => post(castle, action, body));
    },
  })),
  {
    title: "mistakes in members with names of many bytes",
    run: async (castle) => {
      const mistakes: string[] = [];
      const wrong = (name: string, value: string) =>
        `{${JSON.stringify(name)}:[${`${value},`.repeat(30)}${value}]}`;
      const bodies = [
        wrong("x".repeat(9 * MB), '"a"'),
        wrong("x".repeat(9000), '"a"'),
        wrong("x", JSON.stringify("y".repeat(300_000))),
        wrong("x", `{"y":${"[".repeat(900)}${"]".repeat(900)}}`),
      ];
      for (const body of bodies) {
        const reply = await post(castle, "numbers", body);
        const { length } = await reply.text();
        if (reply.status !== 422 || length > 32_768)
          mistakes.push(
            `${body.length} bytes got ${reply.status} with ${length} characters.`,
          );
        await flood(6, () => post(castle, "numbers", body));
      }
      return mistakes;
    },
  },
  {
    title: "ten megabytes of members, in an envelope",
    run: async (castle) => {
      const context = { "x-action-invocation-context": "e30=" };
      const members = (count: number) =>
        Array.from({ length: count }, (_, index) => `"m${index}":"x"`).join();
      for (const body of [
        `{"body":{"name":${JSON.stringify('"'.repeat(4.9 * MB))}}}`,
        `{"body":{"name":"x",${members(90_000)}}}`,
        `{"body":{"name":"x"},${members(60_000)}}`,
      ])
        await flood(6, () => post(castle, "greet", body, context));
    },
  },
  {
    title: "a pattern that takes for ever, in an envelope",
    run: async (castle) => {
      const text = `${"a".repeat(60)}!`;
      await flood(6, () =>
        post(castle, "pattern", JSON.stringify({ body: { text } }), {
          "x-action-invocation-context": "e30=",
        }),
      );
    },
  },
  {
    title: "large inputs that wait in the queue",
    options: ["--max-running", "4"],
    run: async (castle) => {
      for (let count = 0; count < 4; count += 1)
        await post(castle, "forever", "{}", DETACHED);
      const body = JSON.stringify({ name: "x".repeat(5 * MB) });
      for (let count = 0; count < 40; count += 1)
        await flood(1, () => post(castle, "greet", body, DETACHED));
    },
  },
];
