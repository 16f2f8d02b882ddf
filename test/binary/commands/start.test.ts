/** `actiond start`: the command line of Sema4.ai's Action Server, and what its launchers wait for. */
import { afterAll, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ActionFolder, makeFolder } from "../../catalog/folder.ts";
import { EXECUTABLE } from "../../server.ts";
import { readLines } from "../../lines.ts";

const ACTS = `import { action, t } from "actiond";
export const greet = action({ input: t.Object({ name: t.String() }), run: ({ name }) => "Hello " + name });
export const where_am_i = action({ run: () => process.pid });`;
const folders: ActionFolder[] = [];
afterAll(() => {
  for (const folder of folders) folder[Symbol.dispose]();
});

/** In a folder with the package "greeter", unless other files are given. */
function start(
  argv: readonly string[],
  options: {
    files?: Record<string, string>;
    env?: Record<string, string>;
  } = {},
) {
  const { files = { "greeter/acts.ts": ACTS }, env = {} } = options;
  const folder = makeFolder(files);
  folders.push(folder);
  const child = Bun.spawn([EXECUTABLE, "start", ...argv], {
    cwd: folder.path,
    env,
    stdout: "ignore",
    stderr: "pipe",
  });
  const log = readLines(child.stderr);
  return {
    folder: folder.path,
    child,
    log,
    /** Where it says that it listens. */
    async url() {
      const line = await log.find("Local Action Server: ");
      return line.replace(/^.*Local Action Server: /, "");
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

test("the command line that launchers of the original give serves the folder they start it in", async () => {
  await using server = start([
    "--actions-sync=true",
    "--port=0",
    "--datadir=data",
    "--db-file=server.db",
    "-v",
    "--skip-lint",
    "--min-processes=1",
    "--max-processes=2",
    "--reuse-processes",
    "--whitelist=greeter/*am_i,gre??",
  ]);
  const url = await server.url();
  expect(url).toMatch(/^http:\/\/localhost:\d+$/);
  const info = JSON.parse(
    readFileSync(join(server.folder, "data", "server-info.json"), "utf8"),
  );
  expect(info).toMatchObject({
    pid: server.child.pid,
    port: Number(new URL(url).port),
    url,
    datadir: join(server.folder, "data"),
    use_https: false,
  });
  const run = async (action: string, body: string) =>
    (
      await fetch(`${url}/api/actions/greeter/${action}/run`, {
        method: "POST",
        body,
      })
    ).json();
  expect(await run("greet", '{"name":"Foo"}')).toBe("Hello Foo");
  expect(await run("where-am-i", "{}")).not.toBe(server.child.pid);
  expect(await server.log.find("--db-file has no effect")).toContain(
    join(server.folder, "data"),
  );
  server.child.kill("SIGTERM");
  expect(await server.child.exited).toBe(0);
  expect(
    existsSync(join(server.folder, "data", "server-info.json")),
  ).toBeFalse();
});

test("it ends with the process that it is told to, and serves a folder without actions until then", async () => {
  const parent = Bun.spawn(["sleep", "1000"]);
  await using server = start(["-p", "0", `--parent-pid=${parent.pid}`], {
    files: { "notes.txt": "" },
  });
  const reply = await fetch(`${await server.url()}/api/actionPackages`);
  expect(await reply.json()).toEqual([]);
  parent.kill();
  expect(await server.child.exited).toBe(0);
});

test("a request stops it where its environment lets it, and nowhere else", async () => {
  const env = { RC_ADD_SHUTDOWN_API: "1" };
  await using stoppable = start(["-p0"], { env });
  await using other = start(["-a", "127.0.0.1", "--port", "0"]);
  const shutDown = async (url: string) =>
    (await fetch(`${url}/api/shutdown/`, { method: "POST" })).status;
  expect(await shutDown(await other.url())).toBe(404);
  expect(await shutDown(await stoppable.url())).toBe(200);
  expect(await stoppable.child.exited).toBe(0);
  expect(other.child.exitCode).toBeNull();
});

test.each([
  ["--expose", "--expose has no counterpart"],
  ["--oauth2-settings=x.yaml", "--oauth2-settings has no counterpart"],
  ["--https", "No certificate is made here"],
  ["--dir=a --dir=b", "Only one folder of actions can be served"],
])(
  "what has no counterpart is refused in one sentence: %s",
  async (argv, said) => {
    await using server = start(argv.split(" "));
    expect(await server.child.exited).toBe(2);
    expect(await server.log.all).toStartWith(`actiond: ${said}`);
  },
);
