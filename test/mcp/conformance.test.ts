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
const TRIES = 4;

let server: TestServer;
const results = makeTemporaryFolder();
beforeAll(async () => {
  const actions = join(import.meta.dir, "conformance");
  server = await startInProcess({ actions });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(results, { recursive: true, force: true });
});

/** Runs the suite. Only what a file lists may fail, and it says why. */
async function runSuite(options: readonly string[], expected: string) {
  const suite = Bun.spawn(
    [
      process.execPath,
      SUITE,
      "server",
      "--url",
      `${server.url}/mcp`,
      ...options,
      "--timeout",
      String(PATIENCE_MS),
      "--output-dir",
      results,
      "--expected-failures",
      join(import.meta.dir, "conformance", `expected-${expected}.yml`),
    ],
    { stdout: "pipe", stderr: "pipe" },
  );
  const [out, errors, code] = await Promise.all([
    suite.stdout.text(),
    suite.stderr.text(),
    suite.exited,
  ]);
  return { code, text: out + errors };
}

/** The suite waits half a second for some answers, which a busy machine may not have by then: what failed runs again, alone. */
async function runPatiently(revision: string) {
  const version = ["--spec-version", revision];
  let ended = await runSuite(["--suite", "all", ...version], revision);
  for (let time = 1; time < TRIES && ended.code !== 0; time += 1) {
    const failed = ended.text.matchAll(/^ {2}✗ ([\w-]+)/gm);
    for (const scenario of new Set([...failed].map(([, name = ""]) => name))) {
      ended = await runSuite(["--scenario", scenario, ...version], revision);
      if (ended.code !== 0) break;
    }
  }
  return ended;
}

// Each scenario waits for moments to pass, most of all those about tasks, so these run beside the others. The option
// --requirements would run them again, one after the other, without heeding how they end.
test.concurrent.each(["2025-11-25", "2026-07-28"])(
  "what the specification of %s requires of a server is kept",
  async (revision) => {
    expect(await runPatiently(revision)).toMatchObject({ code: 0 });
  },
  PATIENCE_MS,
);

test.concurrent.each([
  "tasks-lifecycle",
  "tasks-capability-negotiation",
  "tasks-wire-fields",
  "tasks-request-state-removal",
  "tasks-request-headers",
  "tasks-dispatch-and-envelope",
])(
  "long calls become tasks as the scenario %s wants",
  async (scenario) => {
    const ended = await runSuite(["--scenario", scenario], "tasks");
    expect(ended).toMatchObject({ code: 0 });
  },
  PATIENCE_MS,
);
