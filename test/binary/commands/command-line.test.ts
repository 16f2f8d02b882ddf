/** What the executable says on its command line, and how it refuses to start. */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { idOf } from "../../scenarios/scene.ts";
import {
  EXECUTABLE,
  FIXTURES,
  makeTemporaryFolder,
  spawnExecutable,
  startExecutable,
} from "../../server.ts";

async function call(
  argv: readonly string[],
  environment: Record<string, string> = {},
) {
  const child = spawnExecutable(argv, environment);
  const [out, error, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { out, error, exitCode };
}

const serve = (...options: string[]) =>
  call([
    "serve",
    "--port",
    "0",
    "--actions",
    FIXTURES,
    "--data",
    join(makeTemporaryFolder(), "data"),
    ...options,
  ]);

test("the options --version and --help answer on standard output", async () => {
  expect(await call(["--version"])).toEqual({
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    error: "",
    exitCode: 0,
  });
  const { out, error, exitCode } = await call(["serve", "--help"]);
  expect({ error, exitCode }).toEqual({ error: "", exitCode: 0 });
  expect(out).toContain("--max-running <count>");
});

test("settings may come from the environment, and the command line wins over them", async () => {
  const data = join(makeTemporaryFolder(), "data");
  const child = spawnExecutable(["serve", "--port", "0"], {
    ACTIOND_ACTIONS: FIXTURES,
    ACTIOND_DATA: data,
    ACTIOND_LOG_FORMAT: "json",
    ACTIOND_PORT: "1",
  });
  let out = "";
  for await (const chunk of child.stdout) {
    out += Buffer.from(chunk).toString();
    if (out.endsWith("\n")) child.kill("SIGTERM");
  }
  expect(out).toMatch(/^actiond listening on http:\/\/127\.0\.0\.1:\d+\n$/);
  expect(out).not.toContain(":1\n");
  const [started = ""] = (await child.stderr.text()).split("\n");
  expect(JSON.parse(started)).toMatchObject({
    message: expect.stringMatching(/^Started\. Serving \d+ actions in /),
    url: out.trim().split(" ").at(-1),
    data,
    interrupted_count: 0,
    queued_count: 0,
  });
  expect(await child.exited).toBe(0);
});

test("the log warns of variables that look like settings, without their values, and the server starts", async () => {
  await using server = await startExecutable({
    environment: { ACTIOND_PROT: "hunter2", ACTIOND_SOMETHING: "hunter2" },
  });
  await server.stop();
  const { log } = await server.output();
  expect(log).toContain(
    "These environment variables are not settings of actiond: ACTIOND_PROT (did you mean ACTIOND_PORT?), ACTIOND_SOMETHING.",
  );
  expect(log.match(/not settings/g)).toHaveLength(1);
  expect(log).not.toContain("hunter2");
});

describe("wrong command lines", () => {
  test.each([
    [["serve", "--prot", "1"], {}, "unknown option '--prot'"],
    [["serve", "--port", "x"], {}, "must be an integer from 0 to 65535"],
    [["serve"], { ACTIOND_DRAIN: "x" }, 'ACTIOND_DRAIN="x" is invalid'],
    [["dance"], {}, "unknown command 'dance'"],
  ])(
    "the command line %j ends with exit code 2 and one line",
    async (argv, environment, message) => {
      const { out, error, exitCode } = await call(argv, environment);
      expect({ out, exitCode }).toEqual({ out: "", exitCode: 2 });
      expect(error).toContain(message);
      expect(error).toMatch(/^actiond: [^\n]+\n$/);
    },
  );

  test.each([
    ["--callback-allow", "a/b"],
    ["--callback-secret", "whsec_c2hvcnQ="],
    ["--callback-secret-file", "/does/not/exist"],
  ])(
    "the option %s %s ends with exit code 2 and one line",
    async (option, value) => {
      const { error, exitCode } = await serve(option, value);
      expect(exitCode).toBe(2);
      expect(error).toMatch(/^actiond: [^\n]+\n$/);
      expect(error).not.toContain("c2hvcnQ=");
    },
  );
});

describe("failed starts", () => {
  test("a port that another server has ends with exit code 1 and what to do", async () => {
    await using first = await startExecutable();
    const { port } = new URL(first.url);
    expect(await serve("--port", port)).toEqual({
      out: "",
      error: `actiond: Port ${port} on 127.0.0.1 is taken. Name another with --port, or 0 for any free one.\n`,
      exitCode: 1,
    });
  });

  test("a data folder that cannot be written ends with exit code 1 and what to do", async () => {
    const file = join(makeTemporaryFolder(), "file");
    writeFileSync(file, "");
    const { error, exitCode } = await serve("--data", join(file, "data"));
    expect(exitCode).toBe(1);
    expect(error).toMatch(
      /^actiond: The data folder .+ cannot be made: .+ Name another with --data\.\n$/,
    );
  });

  test("a data folder that another server holds ends with exit code 1 and that server's process id", async () => {
    await using server = await startExecutable();
    const { error, exitCode } = await serve("--data", server.data);
    expect(exitCode).toBe(1);
    expect(error).toContain(
      `is held by another actiond, process ${server.process.pid}.`,
    );
    expect((await server.run("noop", {})).status).toBe(200);
  });

  test("a file that is not a database ends with exit code 1 and what to do", async () => {
    const data = makeTemporaryFolder();
    writeFileSync(
      join(data, "actiond.db"),
      "This is no database. ".repeat(500),
    );
    const { error, exitCode } = await serve("--data", data);
    expect(exitCode).toBe(1);
    expect(error).toContain("cannot be opened");
    expect(error).toContain("copy a backup over it");
  });

  test("a database of a newer version ends with exit code 1 and is left untouched", async () => {
    const server = await startExecutable();
    await server.stop();
    const file = join(server.data, "actiond.db");
    const database = new Database(file);
    database.run(
      "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 99999999999999)",
    );
    database.run("PRAGMA journal_mode = DELETE");
    database.close();
    const before = readFileSync(file);
    const { error, exitCode } = await serve("--data", server.data);
    expect(exitCode).toBe(1);
    expect(error).toContain("was written by a newer actiond");
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("a folder that is missing or empty ends with exit code 1 and an example", async () => {
    const folder = makeTemporaryFolder();
    for (const actions of [folder, join(folder, "missing")]) {
      const { error, exitCode } = await serve("--actions", actions);
      expect(exitCode).toBe(1);
      expect(error).toContain(actions);
      expect(error).toContain('from "actiond"');
    }
  });

  test("broken actions end with exit code 1 and their files, lines and reasons", async () => {
    const folder = makeTemporaryFolder();
    mkdirSync(join(folder, "broken"));
    const syntax = join(folder, "broken", "syntax.ts");
    const throws = join(folder, "throws.ts");
    writeFileSync(syntax, "export const a = ;\n");
    writeFileSync(throws, '\nthrow new Error("at import");\n');
    const { error, exitCode } = await serve("--actions", folder);
    expect(exitCode).toBe(1);
    expect(error).toContain(`${syntax}:1:`);
    expect(error).toContain(`${throws}:2:`);
    expect(error).toContain("at import");
  });
});

test("backup copies the data folder of a live server, and a server goes on from the copy", async () => {
  await using server = await startExecutable();
  const leave = async () =>
    idOf(await server.run("leaves", { name: "note.txt", text: "left" }));
  const gone = await leave();
  const id = await leave();
  await server.request(`/api/runs/${gone}`, { method: "DELETE" });
  const folder = join(makeTemporaryFolder(), "copy");
  const backUp = () => call(["backup", folder, "--data", server.data]);
  const { out, exitCode } = await backUp();
  expect(exitCode).toBe(0);
  expect(out).toMatch(
    /^Copied the database \(\d+ bytes\) and 1 artifact \(4 bytes\) to \S+copy\.\n$/,
  );
  expect(readdirSync(folder).toSorted()).toEqual(["actiond.db", "artifacts"]);
  await using restored = await startExecutable({ data: folder });
  const run = await restored.request(`/api/runs/${id}`);
  expect(await run.json()).toMatchObject({ status: 2, result: '"left"' });
  const path = `/api/runs/${id}/artifacts/note.txt`;
  expect(await (await restored.request(path)).text()).toBe("left");
  expect((await restored.request(`/api/runs/${gone}`)).status).toBe(404);
  expect((await backUp()).error).toContain(`${folder} exists already`);
  expect((await call(["backup", "/x", "--data", "/none"])).error).toContain(
    "There is no database in /none",
  );
});

test("neither .env nor bunfig.toml of the folder the executable is started in is read", async () => {
  const folder = makeTemporaryFolder();
  writeFileSync(join(folder, ".env"), "ACTIOND_PORT=nonsense\n");
  writeFileSync(join(folder, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
  writeFileSync(join(folder, "evil.ts"), 'console.log("evil");\n');
  const child = Bun.spawn([EXECUTABLE, "serve"], {
    cwd: folder,
    env: {},
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
  ]);
  expect(out).toBe("");
  // It came as far as the missing actions, so the port was not read, and said nothing else.
  expect(error).toStartWith("actiond: ");
  expect(error).not.toContain("ACTIOND_PORT");
});
