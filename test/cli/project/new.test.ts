/** `actiond new`, in this process: what it writes, and what it leaves alone. */
import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { makeTemplate } from "../../../src/project/template.ts";
import { makeTemporaryFolder } from "../../server.ts";
import { run } from "../program.ts";

test("the name of the package is one that npm accepts", () => {
  const nameOf = (folder: string) => {
    const text = makeTemplate(folder)["package.json"] ?? "";
    return (JSON.parse(text) as { name: string }).name;
  };
  expect(nameOf("My Project_2")).toBe("my-project-2");
  expect(nameOf("木")).toBe("actions");
});

test("a folder with files is refused, and one with hidden files only is not empty to a person", async () => {
  const folder = makeTemporaryFolder();
  writeFileSync(join(folder, "notes.txt"), "");
  expect(await run(["new", folder])).toMatchObject({
    code: 2,
    out: "",
    note: expect.stringContaining("is not empty: it has notes.txt."),
  });
  const hidden = makeTemporaryFolder();
  mkdirSync(join(hidden, ".git"));
  const { code, out } = await run(["new", hidden]);
  expect(code).toBe(0);
  expect(out).toStartWith(`The project ${basename(hidden)} has:\n`);
  expect(readdirSync(hidden).toSorted()).toEqual([
    ".git",
    ".gitignore",
    "README.md",
    "actions",
    "node_modules",
    "package.json",
    "tsconfig.json",
  ]);
  expect(readFileSync(join(hidden, "README.md"), "utf8")).toStartWith(
    `# ${basename(hidden)}\n`,
  );
});
