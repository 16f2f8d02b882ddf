/** `actiond run`: one action without a server. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ActionFolder, makeFolder } from "../../catalog/folder.ts";
import { EXECUTABLE, startExecutable, type TestProcess } from "../../server.ts";
import { readLines } from "../../lines.ts";
import { runProgram } from "./program.ts";

let folder: ActionFolder;
beforeAll(() => {
  folder = makeFolder({
    "actions/acts.ts": `
import { action, ActionError, t } from "actiond";
setInterval(() => undefined, 1000);
export const greet = action({
  input: t.Object({ name: t.String(), title: t.String({ default: "Dr." }) }),
  run: ({ name, title }, { log }) => { log.info("Said."); console.log("printed"); return title + " " + name; },
});
export const refuse = action({ run: () => { throw new ActionError("No.", { code: "no", data: { left: 3 } }); } });
export const login = action({ secrets: ["TOKEN"], run: (_, { secrets, log }) => { log.info("With " + secrets.TOKEN); return secrets.TOKEN.length; } });
export const crash = action({ run: () => { throw new RangeError("too far"); } });
export const wrong = action({ output: t.String(), run: () => 7 as never });
export const large = action({ run: () => "x".repeat(10_000_000) });
export const slow = action({ runTimeout: 0.05, run: (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))) });
export const wait = action({ run: (_, { signal }) => new Promise((_, reject) => {
  console.log("waiting");
  signal.addEventListener("abort", () => { console.log("ended: " + signal.reason.message); reject(signal.reason); });
}) });
export const stuck = action({ run: () => { console.log("waiting"); return new Promise(() => {}); } });
`,
  });
});
afterAll(() => {
  folder[Symbol.dispose]();
});

const run = (...argv: string[]) => runProgram(folder.path, ["run", ...argv]);

test("a secret comes from the file, is not logged, and is asked for by its name when it is missing", async () => {
  const missing = await run("acts/login");
  expect(missing.code).toBe(2);
  expect(missing.err).toContain("acts/login needs the secret TOKEN");
  writeFileSync(join(folder.path, "secrets.json"), '{"TOKEN":"a-token"}');
  const found = await run("acts/login", "--secrets-file", "secrets.json");
  expect(found).toMatchObject({ code: 0, out: "7\n" });
  expect(found.err).toContain("With [redacted]");
  expect(found.err).not.toContain("a-token");
});

test("the result goes to standard output, and the log and what is printed to standard error", async () => {
  const { code, out, err } = await run("acts/greet", "--name", "Ada");
  expect({ code, out }).toEqual({ code: 0, out: '"Dr. Ada"\n' });
  const lines = err
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(lines).toMatchObject([
    { level: "info", message: "Said.", action_id: "acts/greet" },
    { level: "info", message: "printed", action_id: "acts/greet" },
  ]);
});

test("the input may come from standard input", async () => {
  const ended = await runProgram(
    folder.path,
    ["run", "acts/greet", "--input", "-"],
    { stdin: '{ "name": "Ada", "title": "Mrs." }' },
  );
  expect(ended).toMatchObject({ code: 0, out: '"Mrs. Ada"\n' });
});

test("a large result is written to its end", async () => {
  expect((await run("acts/large")).out).toHaveLength(10_000_003);
});

test.each([
  ["refuse", 'actiond: acts/refuse failed with no: No.\n{\n  "left": 3\n}\n'],
  ["crash", "RangeError: too far"],
  ["wrong", "failed with invalid_result: "],
  ["slow", "failed with run_timed_out: The run did not end within 0.05 s.\n"],
])("a run that fails ends with exit code 1: %s", async (name, message) => {
  const { code, out, err } = await run(`acts/${name}`);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain(message);
});

test.each([
  [["acts/greet"], "/name: is required."],
  [["acts/greet", "--nme", "a"], "Its members are --name, --title."],
  [["acts/greet", "--input", "{"], "--input is not valid JSON: Expected '}'."],
  [["acts/great"], 'There is no action "acts/great". The actions are acts/'],
  [["greet"], '"greet" is not valid as <address>.'],
  [[], "missing required argument 'address'"],
])("a wrong command line ends with exit code 2: %j", async (argv, message) => {
  const { code, out, err } = await run(...argv);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain(message);
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s cancels the run through its signal, and its code may end by itself",
  async (signal) => {
    const child = start("acts/wait");
    await child.log.find("waiting");
    child.process.kill(signal);
    await child.log.find("press Ctrl-C again to end now");
    await child.log.find("ended: The run was cancelled.");
    expect(await child.process.exited).toBe(signal === "SIGINT" ? 130 : 143);
    expect(await child.process.stdout.text()).toBe("");
  },
);

test("a second Ctrl-C ends code that does not end", async () => {
  const child = start("acts/stuck");
  await child.log.find("waiting");
  child.process.kill("SIGINT");
  await child.log.find("press Ctrl-C again");
  child.process.kill("SIGINT");
  expect(await child.process.exited).toBe(130);
});

describe("on a server", () => {
  let server: TestProcess;
  beforeAll(async () => {
    server = await startExecutable();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });
  const there = (...argv: string[]) =>
    runProgram(folder.path, ["run", ...argv, "--url", server.url], {
      isOnline: true,
    });
  const endOf = (id: string) =>
    server.request(`/api/runs/${id}/result?wait=10`);

  test("the result is printed, and the input is read by the schema that the server has", async () => {
    expect(await there("probe/add", "--a", "2")).toEqual({
      code: 0,
      out: "3\n",
      err: "",
    });
    const input = ["--input", '{ "a": 2, "b": 3 }'];
    expect(await there("probe/add", ...input)).toMatchObject({ out: "5\n" });
  });

  test.each([
    [["probe/refuse"], 1, "failed with out_of_stock: The shelf is empty."],
    [["probe/add"], 2, "/a: is required."],
    [["probe/add", "--a", "x"], 2, '--a must be a number, not "x".'],
    [["probe/none"], 1, 'There is no action "probe/none".'],
    [["probe/none", "--a", "1"], 1, 'The server has no action "probe/none".'],
  ])("what does not pass is told: %j", async (argv, code, message) => {
    const ended = await there(...argv);
    expect(ended).toMatchObject({ code, out: "" });
    expect(ended.err).toContain(message);
  });

  test("--async prints the id of the run, which goes on", async () => {
    const { code, out, err } = await there("probe/noop", "--async");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect((await endOf(out.trim())).status).toBe(200);
  });

  test("--wait prints the log of the run on standard error, and then its result", async () => {
    const { code, out, err } = await there("probe/logs", "--count=2", "--wait");
    expect({ code, out }).toEqual({ code: 0, out: "2\n" });
    expect(err).toContain("line 1");
    expect(err).toContain("line 2");
  });

  test.each([[[]], [["--wait"]]])(
    "Ctrl-C cancels the run on the server: %j",
    async (options) => {
      const path = join(folder.path, "never");
      const child = start(
        "probe/tells",
        "--path",
        path,
        "--url",
        server.url,
        ...options,
      );
      const running = async () =>
        (await (
          await server.request("/api/runs?status=running&action=tells")
        ).json()) as { id: string }[];
      let runs = await running();
      while (runs.length === 0) runs = await running();
      if (options.length > 0) await child.log.find("It begins.");
      child.process.kill("SIGINT");
      expect(await child.process.exited).toBe(130);
      expect((await endOf(runs[0]?.id ?? "")).status).toBe(409);
    },
  );
});

test.each(["--async", "--wait"])("%s needs a server", async (option) => {
  expect(await run("acts/greet", "--name", "a", option)).toMatchObject({
    code: 2,
    err: `actiond: ${option} needs a server: add --url.\n`,
  });
});

function start(address: string, ...more: readonly string[]) {
  const child = Bun.spawn([EXECUTABLE, "run", address, ...more], {
    cwd: folder.path,
    env: {},
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  return { process: child, log: readLines(child.stderr) };
}
