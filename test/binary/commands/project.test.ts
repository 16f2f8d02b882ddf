/** A project that the executable writes, checks and tests, without a network and without anything else. */
import { beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder } from "../../server.ts";
import { runProgram } from "./program.ts";

describe("a new project", () => {
  let folder: string;
  beforeAll(async () => {
    folder = join(makeTemporaryFolder(), "my project");
    const made = await runProgram(join(folder, ".."), ["new", "my project"]);
    expect(made).toMatchObject({ code: 0, err: "" });
    expect(made.out).toContain("  actions/greeter.ts\n");
    expect(made.out).toContain("actiond dev");
  });

  test("its types are right", async () => {
    const { code, out, err } = await runProgram(folder, ["check"]);
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(err).toContain("No type errors in 2 files");
  });

  test("its tests pass", async () => {
    const { code, err } = await runProgram(folder, ["test"]);
    expect(err).toContain(" 3 pass\n 0 fail\n");
    expect(code).toBe(0);
  });

  test.each([
    [
      "an unknown member of the input",
      "run: ({ nme }) => nme",
      "Property 'nme' does not exist on type '{ name: string; }'",
    ],
    [
      "an unknown member of the context",
      "run: (_, { sgnal }) => String(sgnal)",
      "Property 'sgnal' does not exist on type 'RunContext<",
    ],
    [
      "a result of another type",
      "run: () => 7",
      "Type 'number' is not assignable to type 'string | ",
    ],
    [
      "an unknown option",
      'run: () => "", runTimout: 7',
      "'runTimout' does not exist in type",
    ],
    [
      "an input that is no object schema's",
      'run: ({ name }) => name.toFixed("x")',
      "Property 'toFixed' does not exist on type 'string'",
    ],
  ])("%s is a readable type error", async (_what, definition, message) => {
    const file = join(folder, "actions/wrong.ts");
    writeFileSync(
      file,
      `import { action, t } from "actiond";\nexport const wrong = action({ input: t.Object({ name: t.String() }), output: t.String(), ${definition} });\n`,
    );
    const { code, out } = await runProgram(folder, ["check"]);
    rmSync(file);
    expect(code).toBe(1);
    expect(out).toContain("actions/wrong.ts(2,");
    expect(out).toContain(message);
  });

  test("types that an action is made of are exported", async () => {
    const file = join(folder, "actions/_types.ts");
    writeFileSync(
      file,
      `import { readFile } from "node:fs/promises";
import { type Action, type ActionLog, type RunContext, type Static, t } from "actiond";
const Report = t.Object({ pages: t.Array(t.Integer()) });
export const report: Static<typeof Report> = { pages: [1] };
export function use(log: ActionLog, context: RunContext, action: Action): unknown {
  log.info("One", { context, action });
  return [readFile, Bun.version, fetch];
}
`,
    );
    expect(await runProgram(folder, ["check"])).toMatchObject({
      code: 0,
      out: "",
    });
    rmSync(file);
  });

  test("a failing test is a failing command", async () => {
    const file = join(folder, "actions/failing.test.ts");
    writeFileSync(
      file,
      'import { expect, test } from "bun:test";\ntest("no", () => { expect(1).toBe(2); });\n',
    );
    const { code, err } = await runProgram(folder, ["test", "failing"]);
    rmSync(file);
    expect(err).toContain("1 fail");
    expect(code).toBe(1);
  });

  test("the declarations are written again when they are gone or old, and never over a package of somebody else", async () => {
    const target = join(folder, "node_modules/actiond");
    const declarations = join(target, "index.d.ts");
    writeFileSync(join(target, "package.json"), '{ "actiond": {} }');
    rmSync(declarations);
    await runProgram(folder, ["check"]);
    expect(readFileSync(declarations, "utf8")).toContain("action");
    writeFileSync(join(target, "package.json"), '{ "name": "actiond" }');
    rmSync(declarations);
    await runProgram(folder, ["check"]);
    expect(existsSync(declarations)).toBeFalse();
    rmSync(target, { recursive: true, force: true });
    await runProgram(folder, ["check"]);
    expect(existsSync(declarations)).toBeTrue();
  });
});

test("a folder that is not empty is refused, and with --force nothing in it is overwritten", async () => {
  const folder = makeTemporaryFolder();
  mkdirSync(join(folder, "actions"));
  writeFileSync(join(folder, "actions/greeter.ts"), "mine");
  expect(await runProgram(folder, ["new", "."])).toMatchObject({
    code: 2,
    out: "",
    err: expect.stringContaining("is not empty: it has actions."),
  });
  const forced = await runProgram(folder, ["new", ".", "--force"]);
  expect(forced.code).toBe(0);
  expect(forced.out).not.toContain("actions/greeter.ts\n");
  expect(readFileSync(join(folder, "actions/greeter.ts"), "utf8")).toBe("mine");
  expect(existsSync(join(folder, "tsconfig.json"))).toBeTrue();
});

test("types are checked where there are no settings at all", async () => {
  const folder = makeTemporaryFolder();
  mkdirSync(join(folder, "actions"));
  const file = join(folder, "actions/a.ts");
  const text = (run: string) =>
    `import { readFile } from "node:fs/promises";\nimport { action } from "actiond";\nexport const a = action({ run: ${run} });\n`;
  writeFileSync(file, text("() => readFile('/x', 'utf8')"));
  expect(await runProgram(folder, ["check"])).toMatchObject({
    code: 0,
    out: "",
  });
  writeFileSync(file, text("() => readFile(7n)"));
  expect(await runProgram(folder, ["check"])).toMatchObject({ code: 1 });
});

test("a package in a folder is installed, and its absence is said with the command that helps", async () => {
  const folder = makeTemporaryFolder();
  mkdirSync(join(folder, "local"), { recursive: true });
  mkdirSync(join(folder, "actions"));
  writeFileSync(
    join(folder, "local/package.json"),
    '{ "name": "five", "version": "1.0.0", "main": "five.js" }',
  );
  writeFileSync(join(folder, "local/five.js"), "module.exports = 5;");
  writeFileSync(
    join(folder, "actions/a.ts"),
    'import five from "five";\nimport { action } from "actiond";\nexport const a = action({ run: () => five });\n',
  );
  const missing = await runProgram(folder, ["serve", "--port", "0"]);
  expect(missing).toMatchObject({ code: 1 });
  expect(missing.err).toContain(
    "actions/a.ts:1: Cannot find package 'five'. Run \"actiond add five\".",
  );
  const added = await runProgram(folder, ["add", "five@./local"]);
  expect(added.err).not.toContain("error");
  expect(added.code).toBe(0);
  expect(readFileSync(join(folder, "package.json"), "utf8")).toContain(
    '"five"',
  );
  expect(existsSync(join(folder, "node_modules/five"))).toBeTrue();
  expect(await runProgram(folder, ["remove", "five"])).toMatchObject({
    code: 0,
  });
  expect(existsSync(join(folder, "node_modules/five"))).toBeFalse();
});
