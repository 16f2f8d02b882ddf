/** The way from a command line to an exit code: what is written where, and what the environment loses. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { makeTemporaryFolder } from "../server.ts";
import { run } from "./program.ts";

test("a help goes to standard output, with exit code 0", async () => {
  expect(await run(["--help"])).toEqual({
    code: 0,
    out: expect.stringContaining("Usage: actiond"),
    note: "",
  });
});

test("a wrong command line is one line on standard error, with exit code 2", async () => {
  expect(await run(["serve", "--prot", "1"])).toEqual({
    code: 2,
    out: "",
    note: "actiond: unknown option '--prot' (Did you mean --port?)\n",
  });
});

test("what cannot be done is said without a stack, with exit code 1", async () => {
  const data = join(makeTemporaryFolder(), "missing");
  expect(await run(["backup", "copy", "--data", data])).toEqual({
    code: 1,
    out: "",
    note: `actiond: There is no database in ${data}. Name the data folder with --data.\n`,
  });
});

test("keys are created, listed and revoked, and the key alone goes to standard output", async () => {
  const data = join(makeTemporaryFolder(), "data");
  const keys = (...argv: string[]) => run(["keys", ...argv, "--data", data]);
  const made = await keys("create", "ci");
  expect(made.code).toBe(0);
  expect(made.out).toMatch(/^actiond_[\da-z]{57}\n$/);
  expect(made.note).not.toContain(made.out.trim());
  expect((await keys("list")).out).toContain(" ci ");
  expect(await keys("revoke", "ci")).toEqual({
    code: 0,
    out: "",
    note: expect.stringContaining("has been revoked"),
  });
  expect((await keys("revoke", "ci")).code).toBe(1);
  expect(
    (await keys("create", "ci", "--audit-log", join(data, "no", "folder")))
      .code,
  ).toBe(2);
  expect((await keys("list")).out.match(/ ci /g)).toHaveLength(1);
});

test("a command line is understood without loading what only the command itself needs", async () => {
  const program = join(import.meta.dir, "..", "..", "src/cli/program.ts");
  const child = Bun.spawn([
    process.execPath,
    "--eval",
    `await import(${JSON.stringify(program)}); console.log(Object.keys(require.cache).join("\\n"));`,
  ]);
  const loaded = await child.stdout.text();
  expect(loaded).toContain("/commander/");
  expect(loaded).toContain("/src/cli/serve.ts");
  for (const part of ["src/serve.ts", "src/process/", "src/store/", "/pino/"])
    expect(loaded).not.toContain(part);
});

test("variables that hold secrets are gone from the environment when the command runs", async () => {
  const environment = {
    ACTIOND_API_KEY: "0123456789abcdef",
    ACTIOND_CALLBACK_SECRET: "whsec_x",
    ACTIOND_CALLBACK_SECRET_FILE: "/f",
    HOME: "/",
  };
  await run(["keys", "list", "--data", "/missing"], environment);
  expect(environment).toEqual({
    ACTIOND_CALLBACK_SECRET_FILE: "/f",
    HOME: "/",
  } as typeof environment);
});
