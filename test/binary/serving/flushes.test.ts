/** Where the disk is waited for: never on the thread of the event loop. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, startExecutable } from "../../server.ts";

const strace = Bun.which("strace");

test.skipIf(strace === null)(
  "runs are flushed to the disk, and never on the thread that answers requests",
  async () => {
    await using server = await startExecutable({
      options: ["--durability", "full"],
    });
    const file = join(makeTemporaryFolder(), "trace");
    const tracer = Bun.spawn(
      [
        strace ?? "",
        "-f",
        "-e",
        "trace=fsync,fdatasync",
        "-o",
        file,
        "-p",
        String(server.process.pid),
      ],
      { stderr: "pipe" },
    );
    await tracer.stderr.getReader().read();
    for (let count = 0; count < 20; count += 1)
      expect((await server.run("add", { a: count })).status).toBe(200);
    tracer.kill("SIGINT");
    await tracer.exited;
    const threads = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => /f(?:data)?sync\(/.test(line))
      .map((line) => Number.parseInt(line));
    expect(threads.length).toBeGreaterThanOrEqual(20);
    expect(threads).not.toContain(server.process.pid);
  },
  20_000,
);
