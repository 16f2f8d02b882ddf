/** What the executable is as a process: patient with callers, and fit to be process 1 of a container. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  EXECUTABLE,
  FIXTURES,
  makeTemporaryFolder,
  startExecutable,
} from "../server.ts";

test(
  "a connection is not cut while its caller waits longer than servers usually let one",
  async () => {
    await using server = await startExecutable();
    // Bun cuts an idle connection after 10 s, in steps of 4 s: https://bun.com/docs/runtime/http/server#idletimeout
    const reply = await server.run("sleep", { ms: 13_000 });
    expect(await reply.text()).toBe('"slept"');
  },
  { timeout: 20_000 },
);

/** Only root may make a process number of its own. */
const canUnshare =
  Bun.spawnSync(["unshare", "--pid", "--fork", "true"]).exitCode === 0;

test.skipIf(!canUnshare)("as process 1 it drains and ends with 0", async () => {
  const child = Bun.spawn(
    [
      "unshare",
      "--pid",
      "--fork",
      EXECUTABLE,
      "serve",
      "--port",
      "0",
      "--actions",
      FIXTURES,
      "--data",
      join(makeTemporaryFolder(), "data"),
      "--log-format",
      "json",
    ],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  for await (const chunk of child.stdout)
    if (Buffer.from(chunk).includes("listening on")) break;
  const path = `/proc/${child.pid}/task/${child.pid}/children`;
  process.kill(Number(readFileSync(path, "utf8")), "SIGTERM");
  expect(await child.exited).toBe(0);
  const log = await child.stderr.text();
  expect(log).toContain("Stopping: SIGTERM.");
  expect(log).toContain("Stopped.");
});
