/** Schemas that tools find hard, each in an action that generated clients and fuzzers call. */
import { action, t } from "actiond";

/** Answers the distance of a point, which is a tuple. */
export const distance = action({
  description: "Measures how far a point is.",
  input: t.Object({ at: t.Tuple([t.Number(), t.Number()]) }),
  output: t.Number({ minimum: 0 }),
  run: ({ at: [x, y] }) => Math.hypot(x, y),
});

const Tree = t.Recursive((Self) =>
  t.Object({
    name: t.String({ maxLength: 20 }),
    children: t.Array(Self, { maxItems: 3 }),
  }),
);
export const copyTree = action({
  description: "Answers the same tree.",
  input: Tree,
  output: Tree,
  run: (tree) => tree,
});

export const pay = action({
  description: "Answers the amount that is paid.",
  input: t.Object({
    amount: t.Number({ multipleOf: 0.01, minimum: 0, maximum: 1000 }),
  }),
  output: t.Number({ multipleOf: 0.01 }),
  run: ({ amount }) => amount,
});

export const color = action({
  description: "Answers a color.",
  output: t.Union([t.Literal("red"), t.Literal("blue")]),
  run: () => "red" as const,
});

export const greet = action({
  description: "Greets a person whose name has letters alone.",
  input: t.Object({ name: t.String({ pattern: "^\\p{L}+$", maxLength: 9 }) }),
  output: t.String(),
  run: ({ name }) => `Hello ${name}.`,
});

export const count = action({
  description: "Adds the numbers that it is given by names.",
  input: t.Record(t.String(), t.Integer({ minimum: 0, maximum: 1000 })),
  output: t.Object({ total: t.Integer() }),
  run: (numbers) => ({
    total: Object.values(numbers).reduce((sum, number) => sum + number, 0),
  }),
});

export const describeShape = action({
  description: "Describes one of several shapes.",
  input: t.Object(
    {
      shape: t.Union([
        t.Object({
          kind: t.Literal("circle"),
          radius: t.Number({ default: 1 }),
        }),
        t.Object({ kind: t.Literal("square"), side: t.Number() }),
      ]),
      level: t.Union([t.Literal(1), t.Literal(2), t.Null()]),
      tags: t.Optional(
        t.Array(t.Integer({ minimum: 0 }), { uniqueItems: true, maxItems: 5 }),
      ),
    },
    { additionalProperties: false },
  ),
  output: t.Union([t.Null(), t.Object({ kind: t.String() })]),
  run: ({ shape, level }) => (level === null ? null : { kind: shape.kind }),
});

export const plan = action({
  description: "Answers nothing.",
  input: t.Object({
    mail: t.String({ format: "email" }),
    when: t.String({ format: "date-time" }),
    id: t.String({ format: "uuid" }),
  }),
  run: () => null,
});

export const wait = action({
  description: "Waits until it is cancelled, or for as long as it is told.",
  input: t.Object({ seconds: t.Number({ minimum: 0, maximum: 60 }) }),
  output: t.Integer(),
  async run({ seconds }, { signal }) {
    const { setTimeout } = await import("node:timers/promises");
    await setTimeout(seconds * 1000, undefined, { signal });
    return 7;
  },
});
