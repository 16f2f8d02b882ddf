/** What is told of changes around an actions folder, and what is not. */
import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { SourceWatcher } from "../../../src/catalog/reload/watch-sources.ts";
import { makeFolder } from "../folder.ts";

function watchProject(files: Record<string, string>) {
  const project = makeFolder(files);
  const told: string[] = [];
  let more = Promise.withResolvers<void>();
  const tell = (what: string) => () => {
    told.push(what);
    more.resolve();
    more = Promise.withResolvers();
  };
  const watcher = new SourceWatcher(join(project.path, "actions"), {
    onSources: tell("sources"),
    onPackages: tell("packages"),
  });
  return {
    project,
    told,
    next: () => more.promise,
    [Symbol.dispose]() {
      watcher[Symbol.dispose]();
      project[Symbol.dispose]();
    },
  };
}

test("hidden files, and packages inside the folder, are no sources", async () => {
  using watched = watchProject({
    "actions/a.ts": "1",
    "actions/.data/db": "",
    "actions/b/node_modules/x/i.js": "",
    "actions/..2026/a.ts": "1",
  });
  watched.project.write({
    "actions/.data/db": "2",
    "actions/.hidden.ts": "2",
    "actions/b/node_modules/x/i.js": "2",
  });
  await Bun.sleep(100);
  expect(watched.told).toEqual([]);
  watched.project.write({ "actions/a.ts": "2" });
  await watched.next();
  watched.project.write({ "actions/..2026/a.ts": "2" });
  await watched.next();
  expect(watched.told).toEqual(["sources", "sources"]);
});

test("many changes at once are not told one by one", async () => {
  using watched = watchProject({ "actions/a.ts": "1" });
  const files = Array.from({ length: 50 }, (_, index) => [
    `actions/file${index}.ts`,
    "1",
  ]);
  watched.project.write(Object.fromEntries(files) as Record<string, string>);
  await watched.next();
  expect(watched.told.length).toBeLessThan(10);
});

test("packages and settings of the project are told apart from sources, and the SDK's own files are neither", async () => {
  using watched = watchProject({
    "actions/a.ts": "1",
    "package.json": "{}",
    "node_modules/one/index.js": "1",
  });
  watched.project.write({
    "node_modules/actiond/index.js": "1",
    "node_modules/.cache": "1",
    "README.md": "2",
  });
  await Bun.sleep(400);
  expect(watched.told).toEqual([]);
  watched.project.write({ "tsconfig.json": "{}" });
  await watched.next();
  watched.project.write({ "node_modules/two/index.js": "1" });
  await watched.next();
  rmSync(join(watched.project.path, "node_modules"), {
    recursive: true,
    force: true,
  });
  await watched.next();
  expect(watched.told).toEqual(["packages", "packages", "packages"]);
});
