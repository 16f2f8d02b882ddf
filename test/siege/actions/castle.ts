/** Actions that an attack may choose: what callers send decides what they cost. */
import { action, t } from "actiond";

export const greet = action({
  input: t.Object({ name: t.String() }),
  output: t.String(),
  run: ({ name }) => `Hello ${name}.`,
});

export const order = action({
  input: t.Object({
    lines: t.Array(
      t.Object({
        product: t.String({ default: "apple" }),
        count: t.Number({ default: 1 }),
        unit: t.String({ default: "kg" }),
        note: t.String({ default: "none" }),
        gift: t.Boolean({ default: false }),
      }),
    ),
  }),
  run: ({ lines }) => lines.length,
});

export const unique = action({
  input: t.Object({ all: t.Array(t.String(), { uniqueItems: true }) }),
  run: ({ all }) => all.length,
});

export const pattern = action({
  input: t.Object({ text: t.String({ pattern: "^(a+)+$" }) }),
  run: ({ text }) => text.length,
});

/** Made once: what the code of an action takes of the event loop is not the server's. */
const LARGEST = "x".repeat(40 * 1024 * 1024);

export const large = action({
  input: t.Object({ megabytes: t.Number() }),
  run: ({ megabytes }) => LARGEST.slice(0, megabytes * 1024 * 1024),
});

export const forever = action({
  run: (_input, { signal }) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", resolve);
    }),
});

const ROWS = Array.from({ length: 200_000 }, (_, index) => ({
  index,
  name: `row ${index}`,
  isEven: index % 2 === 0,
}));

export const rows = action({ run: () => ROWS });

/** Answers any address, however long. */
export const echoed = action({
  kind: "resource",
  uri: "castle://{name}/{rest}",
  input: t.Object({ name: t.String(), rest: t.String() }),
  run: ({ name }) => name,
});

/** A tree whose leaves and branches have defaults: which of the two one is has to be found out at each level. */
export const tree = action({
  input: t.Object({
    root: t.Recursive((self) =>
      t.Union([
        t.Object({
          kind: t.Literal("leaf"),
          weight: t.Number({ default: 1 }),
        }),
        t.Object({
          kind: t.Literal("branch"),
          name: t.String({ default: "none" }),
          children: t.Array(self),
        }),
        t.Object({ child: self, note: t.String({ default: "none" }) }),
      ]),
    ),
  }),
  run: () => null,
});

export const numbers = action({
  input: t.Record(t.String(), t.Array(t.Number())),
  run: () => null,
});
