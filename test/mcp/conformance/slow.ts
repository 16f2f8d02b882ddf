/** The tool `slow_compute`, which becomes a task. */
import { setTimeout as delay } from "node:timers/promises";
import { action, t } from "actiond";

export const compute = action({
  description: "Takes its time.",
  input: t.Object({
    seconds: t.Number({ default: 1 }),
    label: t.String({ default: "" }),
  }),
  async run({ seconds, label }, { signal }) {
    await delay(seconds * 1000, undefined, { signal });
    return `Computed ${label}.`;
  },
});
