/** A gate that runs wait at until a test opens it. */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder } from "../server.ts";

export function makeGate() {
  const path = join(makeTemporaryFolder(), "gate");
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
