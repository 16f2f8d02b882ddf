import { beforeAll, describe, expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { loadCatalog } from "../../src/catalog/catalog.ts";
import { CatalogError } from "../../src/catalog/catalog-error.ts";
import { importFile } from "../../src/catalog/import-file.ts";
import { provideSdk } from "../../src/catalog/sdk-module.ts";
import { exportAction, makeFolder } from "./folder.ts";

beforeAll(provideSdk);

async function addresses(folder: string): Promise<string[]> {
  const catalog = await loadCatalog({ folder });
  return catalog.list().map((entry) => entry.address);
}

async function refusal(folder: string): Promise<string> {
  try {
    await loadCatalog({ folder, importTimeoutMs: 300 });
  } catch (error) {
    expect(error).toBeInstanceOf(CatalogError);
    return (error as CatalogError).message;
  }
  throw new Error(`${folder} was not refused.`);
}

describe("actions in a file", () => {
  test("an action is found with everything that is known about it", async () => {
    using folder = makeFolder({
      "greeter.ts": exportAction(
        "greetPerson",
        'description: "Greets.", input: t.Object({ name: t.String(), title: t.String({ default: "Dr." }) }), output: t.String(), run: ({ name, title }) => `Hello ${title} ${name}.`',
      ),
    });
    const catalog = await loadCatalog({ folder: folder.path });
    const entry = catalog.find("greeter", "greet-person");
    expect(entry).toMatchObject({
      package: "greeter",
      name: "greet-person",
      address: "greeter/greet-person",
      description: "Greets.",
      inputSchema: {
        type: "object",
        properties: {
          name: { type: "string" },
          title: { type: "string", default: "Dr." },
        },
        required: ["name"],
      },
      outputSchema: { type: "string" },
      file: join(folder.path, "greeter.ts"),
    });
    expect(entry?.checkInput({ name: "Ada" })).toEqual({
      ok: true,
      value: { name: "Ada", title: "Dr." },
    });
    expect(entry?.checkInput({})).toMatchObject({ ok: false });
    expect(entry?.checkOutput(7)).toEqual([
      { path: "", message: "must be a string, not 7" },
    ]);
    expect(entry?.action.run({ name: "Ada", title: "Dr." }, {} as never)).toBe(
      "Hello Dr. Ada.",
    );
  });

  test("an action may leave out everything but run", async () => {
    using folder = makeFolder({ "greeter.ts": exportAction("greet") });
    const entry = (await loadCatalog({ folder: folder.path })).find(
      "greeter",
      "greet",
    );
    expect(entry).toMatchObject({
      description: undefined,
      outputSchema: undefined,
      inputSchema: { type: "object" },
    });
    expect(entry?.checkInput({ any: 1 })).toEqual({
      ok: true,
      value: { any: 1 },
    });
    expect(entry?.checkInput([])).toMatchObject({ ok: false });
  });

  test("an action is not found under another name", async () => {
    using folder = makeFolder({ "greeter.ts": exportAction("greet") });
    const catalog = await loadCatalog({ folder: folder.path });
    expect(catalog.find("greeter", "leave")).toBeUndefined();
    expect(catalog.find("other", "greet")).toBeUndefined();
    expect(catalog.find("greeter", "constructor")).toBeUndefined();
  });

  test("an action file gets this process's SDK, even through other files and with TypeBox under its own name", async () => {
    using folder = makeFolder({
      "greeter.ts": 'export { greet } from "./_shared/greet.ts";\n',
      "_shared/greet.ts":
        'import { action, t } from "actiond";\nimport { Type } from "@sinclair/typebox";\nexport const greet = action({ output: t.Boolean(), run: () => Type === t });\n',
    });
    const entry = (await loadCatalog({ folder: folder.path })).find(
      "greeter",
      "greet",
    );
    expect(entry?.action.run({}, {} as never)).toBeTrue();
  });
});

describe("the files of a folder", () => {
  test("a package is named after its file or after the folder its files are in", async () => {
    using folder = makeFolder({
      "one.ts": exportAction("first"),
      "two/a.ts": exportAction("second"),
      "two/b.ts": exportAction("third"),
      "snakeCase/a.ts": exportAction("ação"),
      "two/deeper/c.ts": exportAction("tooDeep"),
    });
    expect(await addresses(folder.path)).toEqual([
      "one/first",
      "snake-case/acao",
      "two/second",
      "two/third",
    ]);
  });

  test.each(["a.ts", "a.tsx", "a.mts", "a.js", "a.mjs"])(
    "a file called %s is imported",
    async (name) => {
      using folder = makeFolder({ [name]: exportAction("run") });
      expect(await addresses(folder.path)).toEqual(["a/run"]);
    },
  );

  test.each(["a.cts", "a.cjs"])(
    "a CommonJS module called %s is imported",
    async (name) => {
      using folder = makeFolder({
        [name]:
          'const { action } = require("actiond");\nexports.run = action({ run: () => null });\n',
      });
      expect(await addresses(folder.path)).toEqual(["a/run"]);
    },
  );

  test.each([
    "b.d.ts",
    "b.test.ts",
    "b.spec.js",
    "_b.ts",
    ".b.ts",
    "b.json",
    "README.md",
    "_b/c.ts",
    ".b/c.ts",
    "node_modules/b.ts",
    "b/_c.ts",
    "b/c.test.ts",
  ])("a file called %s is not imported", async (name) => {
    using folder = makeFolder({
      "a.ts": exportAction("run"),
      [name]: "throw new Error();",
    });
    expect(await addresses(folder.path)).toEqual(["a/run"]);
  });

  test("files may be links like those of a Kubernetes ConfigMap", async () => {
    using folder = makeFolder({ "..2026/real.ts": exportAction("run") });
    symlinkSync("..2026", join(folder.path, "..data"));
    symlinkSync("..data/real.ts", join(folder.path, "linked.ts"));
    const [entry] = (await loadCatalog({ folder: folder.path })).list();
    expect(entry).toMatchObject({
      address: "linked/run",
      file: join(folder.path, "..2026/real.ts"),
    });
  });

  test("a file may export types, constants, functions and the same action twice", async () => {
    using folder = makeFolder({
      "a/b.ts": `${exportAction("run")}export type Size = 1;\nexport const limit = 3;\nexport const tools = { run() {}, stop() {} };\nexport default function help() {}\nexport class Runner { run() {} }\nexport const runner = new Runner();\n`,
      "a/index.ts": 'export * from "./b.ts";\n',
    });
    expect(await addresses(folder.path)).toEqual(["a/run"]);
  });
});

describe("folders with mistakes", () => {
  test.each([
    [
      "a syntax error",
      "export const a = 1;\nexport const b = { c: ;\n",
      ":2:23: Unexpected ;.",
    ],
    [
      "a throw",
      'const a = 1;\n\nthrow new RangeError("too much");\n',
      ":3:11: RangeError: too much",
    ],
    [
      "a throw of a string",
      '\nthrow "text";\n',
      ":2: The file throws text when it is imported.",
    ],
    [
      "an endless await",
      "// await\nconst a = await new Promise(() => {});\n",
      ":2: The import did not finish within 0.3 s",
    ],
    [
      "a missing package",
      'export const a = 1;\nimport "no-such-package";\n',
      ":2: Cannot find package 'no-such-package'.",
    ],
    [
      "a missing file",
      '\nimport "./missing.ts";\n',
      ":2: Cannot find module './missing.ts'.",
    ],
    [
      "a name the SDK has not",
      '\nimport { nope } from "actiond";\nnope();\n',
      ":2: Export named 'nope' not found in module 'actiond'.",
    ],
    [
      "an unknown key",
      exportAction("a", "runs: 1, run: () => 1"),
      ':2:18: TypeError: action() has no option "runs"',
    ],
    [
      "a default export",
      `\n${exportAction("a")}export default a;\n`,
      ":4: The default export is an action without a name",
    ],
    [
      "a bare definition",
      "\nexport const a = { run: () => 1 };\n",
      ':2: The export "a" looks like an action but was not made by action()',
    ],
    [
      "an export without address",
      exportAction("木"),
      ':2: "木" cannot be part of an address',
    ],
    [
      "an unknown format",
      exportAction("a", 'output: t.String({ format: "emial" }), run: () => ""'),
      ':2: The format "emial" is unknown',
    ],
    [
      "two exports with one address",
      `${exportAction("aB")}export const a_b = action({ run: () => 1 });\n`,
      ':3: The address bad/a-b of the export "a_b" is already taken by "aB" in ',
    ],
  ])(
    "a folder is refused with file, line and reason for %s",
    async (_what, text, reason) => {
      using folder = makeFolder({
        "bad.ts": text,
        "good.ts": exportAction("run"),
      });
      expect(await refusal(folder.path)).toContain(
        `${join(folder.path, "bad.ts")}${reason}`,
      );
    },
  );

  test("a mistake in an imported file is reported once and with that file's line", async () => {
    using folder = makeFolder({
      "_broken.ts": "\nthrow new Error('broken');\n",
      "a.ts": 'import "./_broken.ts";\n',
      "b.ts": 'import "./_broken.ts";\n',
    });
    expect((await refusal(folder.path)).split("\n")).toEqual([
      "The actions cannot be served:",
      `  ${join(folder.path, "_broken.ts")}:2:11: Error: broken`,
      "      1 |",
      "    > 2 | throw new Error('broken');",
      "        |           ^",
    ]);
  });

  test("a refusal names both places when two files have one address", async () => {
    using folder = makeFolder({
      "my-pack.ts": exportAction("run"),
      "my_pack.ts": exportAction("run"),
    });
    const message = await refusal(folder.path);
    expect(message).toContain(`${join(folder.path, "my-pack.ts")}:2`);
    expect(message).toContain(`${join(folder.path, "my_pack.ts")}:2`);
  });

  test("a refusal lists all mistakes at once", async () => {
    using folder = makeFolder({
      "a.ts": "throw 1;",
      "b.ts": "export const = 1;",
      "c.ts": exportAction("c", "run: 1"),
    });
    const places = (await refusal(folder.path)).match(/^ {2}\/.*\.ts:\d+/gm);
    expect(places).toBeArrayOfSize(3);
  });

  test("a folder is refused for a link that leads nowhere", async () => {
    using folder = makeFolder({ "good.ts": exportAction("run") });
    symlinkSync("nowhere.ts", join(folder.path, "lost.ts"));
    expect(await refusal(folder.path)).toContain(
      `${join(folder.path, "lost.ts")}:1: Cannot find module`,
    );
  });
});

describe("folders without actions", () => {
  test.each([
    ["empty", {}],
    ["of helpers", { "helper.ts": "export const limit = 3;" }],
  ])(
    "a folder is refused with an example when it is %s",
    async (_what, files) => {
      using folder = makeFolder(files);
      const message = await refusal(folder.path);
      expect(message).toContain(
        `There are no actions in the folder ${folder.path}.`,
      );
      expect(message).toContain("export const greet = action({");
    },
  );

  test("a folder is refused with an example when it is missing", async () => {
    using folder = makeFolder();
    const missing = join(folder.path, "missing");
    expect(await refusal(missing)).toContain(
      `The actions folder ${missing} does not exist. Name another folder with --actions`,
    );
  });

  test("a folder is refused when it is a file", async () => {
    using folder = makeFolder({ "a.ts": exportAction("run") });
    const file = join(folder.path, "a.ts");
    expect(await refusal(file)).toContain(
      `The actions folder ${file} cannot be read: ENOTDIR`,
    );
  });

  test("the example that a refusal shows can be served", async () => {
    using empty = makeFolder();
    const example = (await refusal(empty.path))
      .split("\n\n")
      .slice(1)
      .join("\n\n");
    using folder = makeFolder({ "greeter.ts": example });
    expect(await addresses(folder.path)).toEqual(["greeter/greet"]);
  });
});

test("a file that may not be read is named in one sentence", async () => {
  using folder = makeFolder({ "good.ts": exportAction("run") });
  const file = join(folder.path, "good.ts");
  const imported = await importFile(file, {
    load: () => Promise.reject(new Error(`EACCES reading "${file}"`)),
    timeoutMs: 1000,
  });
  expect(imported).toEqual({
    file,
    reason: "The file cannot be read, because its permissions do not allow it.",
  });
});
