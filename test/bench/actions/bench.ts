/** The action that is measured: as little work as an action can do. */
import { action, t } from "actiond";

export const add = action({
  input: t.Object({ a: t.Number(), b: t.Number() }),
  output: t.Number(),
  run: ({ a, b }) => a + b,
});
