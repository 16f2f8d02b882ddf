import { expect, test } from "bun:test";
import { join } from "node:path";

/** Runs a program that logs, and answers with what came out of it. */
async function run(format: string, level: string, body: string) {
  const child = Bun.spawn(
    [
      process.execPath,
      "-e",
      `import { createLog } from ${JSON.stringify(join(import.meta.dir, "../src/log.ts"))};
       const log = createLog({ format: ${JSON.stringify(format)}, level: ${JSON.stringify(level)} });
       ${body}`,
    ],
    { stdout: "pipe", stderr: "pipe" },
  );
  const [out, error] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
  ]);
  return { out, lines: error.trimEnd().split("\n") };
}

test("JSON lines go to standard error, one an entry", async () => {
  const { out, lines } = await run(
    "json",
    "info",
    `log.debug("not said"); log.info("One.", { run_id: "r" }); log.child({ a: 1 }).warn("Two.");`,
  );
  expect(out).toBe("");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      run_id: "r",
      message: "One.",
    },
    { level: "warn", time: expect.any(String), a: 1, message: "Two." },
  ]);
});

test("an error is written with its stack and its cause", async () => {
  const { lines } = await run(
    "json",
    "error",
    `log.error("Bad.", { error: new TypeError("outer", { cause: new Error("inner") }) });`,
  );
  const entry = JSON.parse(lines[0] ?? "");
  expect(entry.error).toMatchObject({
    type: "TypeError",
    stack: expect.stringMatching(/TypeError: outer[\s\S]+inner/),
  });
});

test("secrets are not written, however deep they are", async () => {
  const { lines } = await run(
    "json",
    "info",
    `log.info("Asked.", { authorization: "s3", headers: { cookie: "s3", "x-api-key": "s3" }, a: { b: { token: "s3", password: "s3" } }, apiKey: "s3", kept: "yes" });`,
  );
  expect(lines[0]).not.toContain("s3");
  expect(lines[0]).toContain('"kept":"yes"');
});

test("lines for people say the same", async () => {
  const { out, lines } = await run(
    "pretty",
    "debug",
    `log.debug("Hello.", { run_id: "r" });`,
  );
  expect(out).toBe("");
  expect(lines.join("\n")).toMatch(/DEBUG: Hello\.\s+run_id: "r"/);
});

test("what was logged is there when the process is killed right after", async () => {
  const { lines } = await run(
    "json",
    "info",
    `log.info("Last words."); process.kill(process.pid, "SIGKILL");`,
  );
  expect(lines.join("")).toContain("Last words.");
});
