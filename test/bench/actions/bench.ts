/** The action that is measured: as little work as an action can do. */
import { setTimeout as delay } from "node:timers/promises";
import { action, t } from "actiond";

export const add = action({
  input: t.Object({ a: t.Number(), b: t.Number() }),
  output: t.Number(),
  run: ({ a, b }) => a + b,
});

export const ticks = action({
  description: "Logs ten lines a second, and says how far it is.",
  async run(_input, { log, progress, signal }) {
    for (let tick = 1; !signal.aborted; tick += 1) {
      await delay(100, undefined, { signal });
      log.info(`line ${tick}`);
      progress((tick % 100) / 100);
    }
  },
});

export const chatty = action({
  description: "Logs a thousand lines.",
  async run(_input, { log }) {
    await Promise.resolve();
    for (let line = 1; line <= 1000; line += 1)
      log.info(`line ${line} of a thousand`, { line });
  },
});
