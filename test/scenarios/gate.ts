/** A gate that runs wait at until a test opens it. */
import { renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function makeGate() {
  const path = join(tmpdir(), `actiond-gate-${Bun.randomUUIDv7()}`);
  return {
    /** Of `probe/gate`, which answers what the gate was opened with. */
    input: { path },
    open(text = "open") {
      // At once: the run must not see the file before its text is in it.
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    },
  };
}
