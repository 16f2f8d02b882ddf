/** What the executable is as a process: fit to be process 1 of a container, whatever its actions do. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { idOf } from "../../scenarios/scene.ts";
import {
  EXECUTABLE,
  FIXTURES,
  makeTemporaryFolder,
  startExecutable,
} from "../../server.ts";

/** Only root may make a process number of its own. */
const canUnshare =
  Bun.spawnSync(["unshare", "--pid", "--fork", "true"]).exitCode === 0;

test.skipIf(!canUnshare)(
  "the executable drains and ends with 0 as process 1",
  async () => {
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
  },
);

describe("actions that misbehave", () => {
  test("actions that misbehave do not end the server, and what they print goes into its log", async () => {
    await using server = await startExecutable({
      options: ["--log-format", "json"],
    });
    for (const action of ["stray-throw", "stray-rejection", "exits", "prints"])
      await server.run(action, {});
    expect((await server.run("exits", {})).status).toBe(500);
    expect((await server.run("add", { a: 1 })).status).toBe(200);
    await server.stop();
    const { out, log, exitCode } = await server.output();
    expect(exitCode).toBe(0);
    expect(out).toBe(`actiond listening on ${server.url}\n`);
    const entries = log
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const messages = entries.map(({ message }) => message);
    expect(messages).toContain("An action threw an error outside of its run.");
    expect(messages).toContain("An action left a rejected promise unhandled.");
    const printed = entries.filter(
      ({ action_id: address, level }) =>
        address === "probe/prints" && level === "info",
    );
    expect(printed.length).toBeGreaterThanOrEqual(2);
    expect(printed[0]?.run_id).toMatch(/^[\da-f-]{36}$/);
  });
});

test("a result of fifty megabytes comes back byte for byte", async () => {
  await using server = await startExecutable();
  const bytes = 50 * 1024 * 1024;
  const reply = await server.run("huge-result", { bytes });
  const text = await reply.text();
  const kept = await server.request(`/api/runs/${idOf(reply)}/result`);
  expect(text.length).toBeGreaterThanOrEqual(bytes);
  expect((await kept.text()) === text).toBe(true);
});
