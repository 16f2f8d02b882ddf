import { writeFileSync } from "node:fs";
import { action, t } from "actiond";

const input = t.Object({ a: t.Number(), b: t.Number() });
const run = ({ a, b }: { a: number; b: number }) => a + b;

export const add = action({ input, run });
export const addIsolated = action({ isolation: "process", input, run });

export const busyLoop = action({
  description: "Writes the number of its process into a file, and never ends.",
  isolation: "process",
  input: t.Object({ path: t.String() }),
  run({ path }) {
    writeFileSync(path, String(process.pid));
    for (;;);
  },
});
