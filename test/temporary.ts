/** Loaded before every test: what a run puts into the temporary folder goes into one of its own, removed at its end. */
import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "actiond-run-"));
process.env["TMPDIR"] = folder;

// Of a preloaded file it runs once, after the last test of the last file: https://bun.com/docs/test/lifecycle
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
