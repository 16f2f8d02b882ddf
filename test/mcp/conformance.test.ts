/** The official conformance suite, against a server with the actions that it wants. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  makeTemporaryFolder,
  startInProcess,
  type TestServer,
} from "../server.ts";

const SUITE = fileURLToPath(
  import.meta.resolve("@modelcontextprotocol/conformance/dist/index.js"),
);
const PATIENCE_MS = 120_000;

let server: TestServer;
const results = makeTemporaryFolder();
beforeAll(async () => {
  const actions = join(import.meta.dir, "conformance");
  server = await startInProcess({ actions });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(results, { recursive: true });
});

/** Everything else must pass. The file says of each failure that is expected why it is. */
test.each(["2025-11-25", "2026-07-28"])(
  "what the specification of %s requires of a server is kept",
  async (revision) => {
    const suite = Bun.spawn(
      [
        process.execPath,
        SUITE,
        "server",
        "--url",
        `${server.url}/mcp`,
        "--requirements",
        revision,
        "--output-dir",
        results,
        "--expected-failures",
        join(import.meta.dir, "conformance", `expected-${revision}.yml`),
      ],
      { stdout: "pipe", stderr: "pipe" },
    );
    const [out, errors, code] = await Promise.all([
      suite.stdout.text(),
      suite.stderr.text(),
      suite.exited,
    ]);
    const summary = out.slice(out.indexOf("=== SUMMARY ==="));
    expect({ code, text: summary + errors }).toMatchObject({ code: 0 });
  },
  PATIENCE_MS,
);
