/** The action that is measured: as little work as an action can do. */
import { setTimeout as delay } from "node:timers/promises";
import { action, t } from "actiond";

export const add = action({
  input: t.Object({ a: t.Number(), b: t.Number() }),
  output: t.Number(),
  run: ({ a, b }) => a + b,
});

export const addLater = action({
  description: "Adds after it has waited for a promise.",
  input: t.Object({ a: t.Number(), b: t.Number() }),
  output: t.Number(),
  async run({ a, b }) {
    await Promise.resolve();
    return a + b;
  },
});

export const addAgain = action({
  description: "May run twice, so its record is on disk before it runs.",
  onInterrupt: "retry",
  input: t.Object({ a: t.Number(), b: t.Number() }),
  output: t.Number(),
  run: ({ a, b }) => a + b,
});

export const addApart = action({
  description: "Adds in a child process.",
  isolation: "process",
  input: t.Object({ a: t.Number(), b: t.Number() }),
  output: t.Number(),
  run: ({ a, b }) => a + b,
});

export const forever = action({
  description: "Ends when it is cancelled.",
  run: (_input, { signal }) =>
    new Promise<void>((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        reject(signal.reason as Error);
      });
    }),
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
