/**
 * The whole way of a person who has an empty folder, the executable and no network: from a new project to one file that
 * serves it elsewhere.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { readLines } from "../../lines.ts";
import { EXECUTABLE, makeTemporaryFolder } from "../../server.ts";
import { runProgram } from "./program.ts";

let folder: string;
beforeAll(() => {
  folder = makeTemporaryFolder();
  copyFileSync(EXECUTABLE, join(folder, "actiond"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const actiond = (...argv: string[]) =>
  runProgram(folder, argv, { program: join(folder, "actiond") });

test("new, check, test, run, dev, build, and the built file alone elsewhere", async () => {
  expect(await actiond("new", ".")).toMatchObject({ code: 0, err: "" });
  expect(await actiond("check")).toMatchObject({ code: 0, out: "" });
  expect(await actiond("test")).toMatchObject({ code: 0 });
  expect(await actiond("run", "greeter/greet", "--name", "Ada")).toMatchObject({
    code: 0,
    out: '"Hello Ada."\n',
  });

  const file = join(folder, "actions/greeter.ts");
  const edit = (from: string, to: string) => {
    writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
  };
  {
    await using dev = start(join(folder, "actiond"), "dev");
    const { url } = await dev.started;
    expect(await greet(url)).toBe("Hello Ada.");
    edit('"Hello"', '"Good day"');
    await dev.log.find("The actions were reloaded.");
    expect(await greet(url)).toBe("Good day Ada.");
    edit("output: t.String()", "output: t.String(");
    expect(await dev.log.find("cannot be served")).toContain("> ");
    expect(await greet(url)).toBe("Good day Ada.");
    edit("output: t.String(", "output: t.String()");
    await dev.log.find("The actions were reloaded.", 2);
    mkdirSync(join(folder, "node_modules/shout"));
    writeFileSync(
      join(folder, "node_modules/shout/index.js"),
      "exports.shout = (text) => text.toUpperCase();",
    );
    writeFileSync(
      join(folder, "actions/loud.ts"),
      'import { action, t } from "actiond";\nimport { shout } from "shout";\nexport const speak = action({ isolation: "process", input: t.Object({ text: t.String() }), run: ({ text }) => shout(text) });\n',
    );
    const again = await dev.startedAgain;
    expect(await call(again.url, "loud/speak", { text: "ho" })).toBe("HO");
  }

  expect(await actiond("build", "--outfile", "out/server")).toMatchObject({
    code: 0,
    err: "",
    out: expect.stringMatching(/^Built out\/server \(\d+ MB\)\./),
  });
  const elsewhere = makeTemporaryFolder();
  copyFileSync(join(folder, "out/server"), join(elsewhere, "server"));
  rmSync(folder, { recursive: true, force: true });
  await using server = start(join(elsewhere, "server"), "serve");
  const { url, message } = await server.started;
  expect(message).toContain("Serving 2 actions inside this executable");
  expect(await greet(url)).toBe("Good day Ada.");
  expect(await call(url, "loud/speak", { text: "ho" })).toBe("HO");
  for (const page of ["/", "/docs", "/openapi.json"])
    expect((await fetch(`${url}${page}`)).status).toBe(200);
  const program = join(elsewhere, "server");
  expect(
    await runProgram(elsewhere, ["serve", "--actions", "x"], { program }),
  ).toMatchObject({
    code: 2,
    err: "actiond: --actions has no effect, because the actions are inside this executable. Build it again to change them.\n",
  });
  expect(
    await runProgram(elsewhere, ["run", "greeter/greet", "--name=Bo"], {
      program,
    }),
  ).toMatchObject({ code: 0, out: '"Good day Bo."\n' });
}, 120_000);

test("what cannot be built is said: broken code, and a system whose base cannot be had", async () => {
  const project = makeTemporaryFolder();
  mkdirSync(join(project, "actions"));
  const file = join(project, "actions/a.ts");
  writeFileSync(file, 'import none from "none";\nexport const a = none;\n');
  const broken = await runProgram(project, ["build"]);
  expect(broken.code).toBe(1);
  expect(broken.err).toContain("The executable could not be built:\n");
  expect(broken.err).toContain('Could not resolve: "none"');
  expect(broken.err).toContain(file);
  writeFileSync(
    file,
    'import { action } from "actiond";\nexport const a = action({ run: () => 1 });\n',
  );
  const other = process.arch === "x64" ? "linux-arm64" : "linux-x64";
  const foreign = await runProgram(project, ["build", "--target", other]);
  expect(foreign.code).toBe(1);
  expect(foreign.err).toContain(
    `The executable for ${other} cannot be built, because the Bun for that system could not be downloaded.`,
  );
  expect(
    await runProgram(project, ["build", "--target", "amiga"]),
  ).toMatchObject({
    code: 2,
    err: expect.stringContaining("linux-x64, linux-arm64"),
  });
  expect(await runProgram(makeTemporaryFolder(), ["build"])).toMatchObject({
    code: 1,
    err: expect.stringContaining("does not exist"),
  });
}, 60_000);

interface Started {
  readonly url: string;
  readonly message: string;
}

/** Starts a server in the folder of its program. */
function start(program: string, command: string) {
  const child = Bun.spawn([program, command, "--port", "0"], {
    cwd: join(program, ".."),
    env: { HOME: "/nowhere" },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const log = readLines(child.stderr);
  const find = async (count: number) =>
    JSON.parse(await log.find('"message":"Started.', count)) as Started;
  return {
    log,
    started: find(1),
    get startedAgain() {
      return find(2);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

const greet = (url: string) => call(url, "greeter/greet", { name: "Ada" });

async function call(
  url: string,
  address: string,
  input: unknown,
): Promise<unknown> {
  const reply = await fetch(`${url}/api/actions/${address}/run`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  return await reply.json();
}
