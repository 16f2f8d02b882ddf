/** The client in Python calls the executable, also when connections break. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { seeded } from "../../chaos/random.ts";
import { openFlakyProxy } from "../../client/flaky-proxy.ts";
import { writeFixtureClient } from "../../client/write.ts";
import {
  makeTemporaryFolder,
  startExecutable,
  type TestServer,
} from "../../server.ts";

const PATIENCE_MS = 60_000;

let server: TestServer;
beforeAll(async () => {
  server = await startExecutable();
});
afterAll(() => server[Symbol.asyncDispose]());

test.skipIf(Bun.which("python3") === null)(
  "the client in Python answers, fails, waits and cancels as the one in TypeScript, each call once",
  async () => {
    const file = await writeFixtureClient("python");
    const folder = makeTemporaryFolder();
    const random = seeded(2026);
    await using proxy = await openFlakyProxy(server.url, {
      random,
      share: 0.2,
    });
    const exercise = join(import.meta.dir, "../../client/exercise.py");
    const gate = join(folder, "gate");
    const child = Bun.spawn(
      ["python3", "-B", exercise, server.url, proxy.url, file, gate],
      { stdout: "pipe", stderr: "pipe" },
    );
    const [out, errors, code] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    const failed = (name: string, code_: string, status: number) => ({
      class: name,
      code: code_,
      status,
      data: null,
      has_run: true,
    });
    expect(JSON.parse(out)).toEqual({
      sum: 3,
      nothing: null,
      refuse: {
        ...failed("ActionFailedError", "out_of_stock", 422),
        data: { left: 0 },
      },
      invalid: {
        ...failed("InvalidInputError", "invalid_input", 422),
        has_run: false,
      },
      late: failed("RunTimedOutError", "run_timed_out", 504),
      unreachable: {
        ...failed("UnavailableError", "unreachable", 0),
        has_run: false,
      },
      state: "running",
      waited: "opened",
      cancel: ["cancelled", "not-running"],
      cancelled: failed("RunCancelledError", "run_cancelled", 409),
      events: ["accepted", "started", "log", "log", "finished"],
      sums: Array.from({ length: 40 }, (_, index) => index + 1),
    });
    expect(proxy.brokenCount).toBeGreaterThan(5);
    // The eight calls that were made directly, without the one that was refused, and the forty.
    const reply = await server.request("/api/runs?limit=1");
    const [newest] = (await reply.json()) as [{ numbered_id: number }];
    expect(newest.numbered_id).toBe(47);
    for (const path of [folder, dirname(file)])
      rmSync(path, { recursive: true, force: true });
  },
  PATIENCE_MS,
);
