/** Loaded before every test: what a run puts into the temporary folder goes into one of its own, removed at its end. */
import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { PREFIX } from "./temporary-prefix.ts";

// That of `verify`, for all its processes, is left to it.
if (!basename(tmpdir()).startsWith(PREFIX)) {
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  process.env["TMPDIR"] = folder;
  // Of a preloaded file it runs once, after the last test of the last file: https://bun.com/docs/test/lifecycle
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
}
