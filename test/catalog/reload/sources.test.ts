/** The version of a folder: what changes it, and what does not. */
import { expect, test } from "bun:test";
import {
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { readSources } from "../../../src/catalog/reload/sources.ts";
import { makeFolder } from "../folder.ts";

test("the version changes with any file, and only with what files contain", () => {
  using folder = makeFolder({
    "actions/a.ts": "1",
    "actions/b/data.json": "{}",
    "actions/.cache/x.ts": "1",
    "actions/node_modules/x/index.js": "1",
    "other.ts": "1",
  });
  const version = () => readSources(join(folder.path, "actions")).version;
  const first = version();
  utimesSync(join(folder.path, "actions/a.ts"), 1, 1);
  folder.write({
    "actions/.cache/x.ts": "2",
    "actions/node_modules/x/index.js": "2",
    "other.ts": "2",
  });
  expect(version()).toBe(first);
  const changes: (() => void)[] = [
    () => {
      folder.write({ "actions/a.ts": "2" });
    },
    () => {
      folder.write({ "actions/b/data.json": "[]" });
    },
    () => {
      folder.write({ "actions/c.ts": "" });
    },
    () => {
      renameSync(
        join(folder.path, "actions/c.ts"),
        join(folder.path, "actions/d.ts"),
      );
    },
    () => {
      rmSync(join(folder.path, "actions/d.ts"));
    },
  ];
  const versions = changes.map((change) => {
    change();
    return version();
  });
  expect(new Set([first, ...versions]).size).toBe(5);
  expect(versions.at(-1)).toBe(versions.at(-4) as string);
});

test("files elsewhere that are imported by a path belong to it, through any number of files, but not those of packages", () => {
  using folder = makeFolder({
    "actions/a.ts": 'import "../lib/one.ts";\nimport "pack";\n',
    "lib/one.ts": 'export * from "./two";\nimport "./missing";\n',
    "lib/two.ts": "export const two = await import('../actions/a.ts');",
    "node_modules/pack/index.js": "1",
  });
  const actions = join(folder.path, "actions");
  const read = () => readSources(actions);
  const first = read();
  expect([...first.folders].toSorted()).toEqual([
    actions,
    join(folder.path, "lib"),
  ]);
  folder.write({ "node_modules/pack/index.js": "2" });
  expect(read().version).toBe(first.version);
  folder.write({ "lib/two.ts": "export const two = 2;" });
  const second = read();
  expect(second.version).not.toBe(first.version);
  folder.write({ "lib/missing/index.ts": "" });
  expect(read().version).not.toBe(second.version);
});

test("links are followed: the version changes when one leads elsewhere", () => {
  using folder = makeFolder({ "..1/a.ts": "same", "..2/a.ts": "same" });
  const swap = (to: string) => {
    symlinkSync(to, join(folder.path, "..new"));
    renameSync(join(folder.path, "..new"), join(folder.path, "..data"));
  };
  swap("..1");
  symlinkSync("..data/a.ts", join(folder.path, "a.ts"));
  const first = readSources(folder.path);
  expect([...first.folders]).toEqual([
    realpathSync(join(folder.path, "..data")),
  ]);
  swap("..2");
  expect(readSources(folder.path).version).not.toBe(first.version);
});

test("large files count by size and time, broken links and missing folders as nothing", () => {
  using folder = makeFolder({ "a.bin": "x".repeat(2 * 1024 ** 2) });
  const first = readSources(folder.path).version;
  utimesSync(join(folder.path, "a.bin"), 1, 1);
  expect(readSources(folder.path).version).not.toBe(first);
  const empty = join(folder.path, "empty");
  mkdirSync(empty);
  symlinkSync("nowhere.ts", join(empty, "lost.ts"));
  expect(readSources(empty).version).toBe(
    readSources(join(folder.path, "missing")).version,
  );
});
