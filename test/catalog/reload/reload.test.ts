/** Actions that are loaded again while a server runs: every way in which files change. */
import { afterEach, beforeAll, expect, test } from "bun:test";
import {
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { loadCatalog } from "../../../src/catalog/catalog.ts";
import type { CatalogEntry } from "../../../src/catalog/catalog-entry.ts";
import { LiveCatalog } from "../../../src/catalog/live-catalog.ts";
import {
  loadWhenPossible,
  Reloader,
  watchWithoutReload,
} from "../../../src/catalog/reload/reload.ts";
import { provideSdk } from "../../../src/catalog/sdk-module.ts";
import type { Log } from "../../../src/log.ts";
import { exportAction, makeFolder } from "../folder.ts";

beforeAll(provideSdk);

const open: Disposable[] = [];
afterEach(() => {
  for (const each of open.splice(0).toReversed()) each[Symbol.dispose]();
});

/** A log whose lines can be waited for. */
function makeLog() {
  const lines: string[] = [];
  let more = Promise.withResolvers<void>();
  const write = (message: string) => {
    lines.push(message);
    more.resolve();
    more = Promise.withResolvers();
  };
  const log: Log = {
    debug: write,
    info: write,
    warn: write,
    error: write,
    soon() {},
    child: () => log,
  };
  const find = async (part: string) => {
    for (;;) {
      const line = lines.find((each) => each.includes(part));
      if (line !== undefined) return line;
      await more.promise;
    }
  };
  return { log, lines, find };
}

async function watchFolder(
  files: Record<string, string>,
  inUse: () => Iterable<CatalogEntry> = () => [],
  at = "actions",
) {
  const project = makeFolder(files);
  open.push(project);
  const folder = join(project.path, at);
  const isolation = "in-process";
  const catalog = new LiveCatalog(await loadCatalog({ folder, isolation }));
  const { log, lines, find } = makeLog();
  const packages = Promise.withResolvers<void>();
  const onPackages = packages.resolve;
  const parts = { folder, isolation, catalog, log, inUse, onPackages } as const;
  const reloader = new Reloader(parts);
  open.push(reloader);
  let changed = Promise.withResolvers<void>();
  open.push(
    catalog.onChange(() => {
      changed.resolve();
    }),
  );
  /** Makes a change, and waits until another catalog is there. */
  const change = async (make: () => void) => {
    changed = Promise.withResolvers();
    make();
    await changed.promise;
  };
  const call = (address: string) => {
    const [packageName = "", name = ""] = address.split("/");
    return catalog.find(packageName, name)?.run({}, {} as never);
  };
  const write = (texts: Record<string, string>) => {
    project.write(texts);
  };
  return {
    project,
    path: project.path,
    catalog,
    reloader,
    lines,
    find,
    packages: packages.promise,
    change,
    call,
    write,
  };
}

const returning = (value: unknown, name = "run") =>
  exportAction(name, `run: () => ${JSON.stringify(value)}`);

test("a saved file is loaded, also when an editor writes a copy and renames it", async () => {
  const { path, change, call, write } = await watchFolder({
    "actions/a.ts": returning(1),
  });
  expect(call("a/run")).toBe(1);
  await change(() => {
    write({ "actions/a.ts": returning(2) });
  });
  expect(call("a/run")).toBe(2);
  await change(() => {
    write({ "actions/.a.ts.swp": returning(3) });
    renameSync(join(path, "actions/.a.ts.swp"), join(path, "actions/a.ts"));
  });
  expect(call("a/run")).toBe(3);
});

test("helper files are loaded again with those that import them, in the folder and elsewhere", async () => {
  const text = `import { value } from "./_lib/v.ts";\nimport { more } from "../more/m.ts";\nimport { action } from "actiond";\nexport const run = action({ run: () => value + more });\n`;
  const { change, call, write } = await watchFolder({
    "actions/a.ts": text,
    "actions/_lib/v.ts": "export const value = 1;",
    "more/m.ts": "export const more = 10;",
  });
  expect(call("a/run")).toBe(11);
  await change(() => {
    write({ "actions/_lib/v.ts": "export const value = 2;" });
  });
  expect(call("a/run")).toBe(12);
  await change(() => {
    write({ "more/m.ts": "export const more = 20;" });
  });
  expect(call("a/run")).toBe(22);
});

test("actions that are added, renamed and deleted appear and disappear", async () => {
  const { path, catalog, change, call, write, lines } = await watchFolder({
    "actions/a.ts": returning(1),
  });
  await change(() => {
    write({ "actions/new/b.ts": returning(5, "made") });
  });
  expect(call("new/made")).toBe(5);
  await change(() => {
    renameSync(join(path, "actions/new"), join(path, "actions/other"));
  });
  expect(catalog.list().map(({ address }) => address)).toEqual([
    "a/run",
    "other/made",
  ]);
  await change(() => {
    rmSync(join(path, "actions/other"), { recursive: true, force: true });
    rmSync(join(path, "actions/a.ts"));
  });
  expect(catalog.list()).toEqual([]);
  expect(lines.at(-1)).toBe("There are no actions left in the folder.");
});

test.each([
  ["a syntax error", "export const a = ;\n", "a.ts:1:18: Unexpected ;"],
  ["a throw", 'throw new Error("no");\n', "a.ts:1:11: Error: no"],
  [
    "a missing file",
    'import "./none.ts";\n',
    "a.ts:1: Cannot find module './none.ts'.",
  ],
])(
  "%s is shown with its place, the old version is served, and the repaired file is loaded",
  async (_what, text, reason) => {
    const { change, call, write, find } = await watchFolder({
      "actions/a.ts": returning(1),
      "actions/b.ts": returning(1),
    });
    write({ "actions/a.ts": text, "actions/b.ts": returning(2) });
    const said = await find("The actions cannot be served");
    expect(said).toContain(reason);
    expect(said).toContain("> 1 | ");
    expect(said).toEndWith("The version that was loaded before is still used.");
    expect([call("a/run"), call("b/run")]).toEqual([1, 1]);
    await change(() => {
      write({ "actions/a.ts": returning(3) });
    });
    expect([call("a/run"), call("b/run")]).toEqual([3, 2]);
  },
);

test("a swap of links, as Kubernetes makes it for a mounted folder, is loaded when the old files are already gone", async () => {
  const { path, change, call, write } = await watchFolder(
    { "..1/a.ts": returning(1), "a.ts": returning(0) },
    undefined,
    ".",
  );
  const swap = (to: string) => {
    symlinkSync(to, join(path, "..data_tmp"));
    renameSync(join(path, "..data_tmp"), join(path, "..data"));
  };
  await change(() => {
    swap("..1");
    rmSync(join(path, "a.ts"));
    symlinkSync("..data/a.ts", join(path, "a.ts"));
  });
  expect(call("a/run")).toBe(1);
  for (const number of [2, 3, 4]) {
    await change(() => {
      write({ [`..${number}/a.ts`]: returning(number) });
      swap(`..${number}`);
      rmSync(join(path, `..${number - 1}`), { recursive: true, force: true });
    });
    expect(call("a/run")).toBe(number);
  }
});

test("the folder itself may be removed and made again", async () => {
  const { path, change, call, find } = await watchFolder({
    "actions/a.ts": returning(1),
  });
  const folder = join(path, "actions");
  rmSync(folder, { recursive: true, force: true });
  await find("does not exist");
  expect(call("a/run")).toBe(1);
  await change(() => {
    mkdirSync(folder);
    writeFileSync(join(folder, "a.ts"), returning(2));
  });
  expect(call("a/run")).toBe(2);
  await change(() => {
    writeFileSync(join(folder, "a.ts"), returning(3));
  });
  expect(call("a/run")).toBe(3);
});

test("code that is in use keeps its timers until it is not, and then they end", async () => {
  const used = new Set<CatalogEntry>();
  const text = `import { action } from "actiond";\nglobalThis.ticks ??= [];\nsetInterval(() => globalThis.ticks.push(VERSION), 1);\nexport const run = action({ run: () => new Promise((resolve) => setTimeout(() => resolve(VERSION), 50)) });\n`;
  const { change, catalog, call, write } = await watchFolder(
    { "actions/a.ts": text.replaceAll("VERSION", "1") },
    () => used,
  );
  const { ticks } = globalThis as unknown as { ticks: number[] };
  const until = async (version: number) => {
    ticks.length = 0;
    while (!ticks.includes(version)) await Bun.sleep(1);
  };
  used.add(catalog.list()[0] as CatalogEntry);
  const running = call("a/run");
  await change(() => {
    write({ "actions/a.ts": text.replaceAll("VERSION", "2") });
  });
  await until(1);
  expect(await running).toBe(1);
  used.clear();
  await change(() => {
    write({ "actions/a.ts": text.replaceAll("VERSION", "3") });
  });
  await until(3);
  ticks.length = 0;
  await until(3);
  expect(new Set(ticks)).toEqual(new Set([3]));
});

test("an installed package is not loaded into this process but told of, once for all its files", async () => {
  const { packages, write, lines } = await watchFolder({
    "actions/a.ts": returning(1),
    "package.json": "{}",
    "node_modules/one/package.json": "{}",
  });
  write({ "node_modules/actiond/package.json": "{}" });
  write({
    "node_modules/two/package.json": "{}",
    "node_modules/two/index.js": "1",
    "bun.lock": "{}",
  });
  await packages;
  expect(lines).toEqual([]);
});

test("a notice is said once, not at each reload", async () => {
  const { change, write, lines } = await watchFolder({
    "actions/a.ts": returning(1),
  });
  await change(() => {
    write({ "actions/forgot.ts": returning(1).replace("export ", "") });
  });
  for (const value of [2, 3])
    await change(() => {
      write({ "actions/a.ts": returning(value) });
    });
  const said = lines.filter((line) => line.includes("Did you forget"));
  expect(said).toHaveLength(1);
});

test("what is saved without a difference is not loaded again", async () => {
  const { change, call, write, catalog } = await watchFolder({
    "actions/a.ts": returning(1),
  });
  const before = catalog.current;
  write({ "actions/a.ts": returning(1) });
  await change(() => {
    write({ "actions/b.ts": returning(2) });
  });
  expect(call("b/run")).toBe(2);
  expect(catalog.current).not.toBe(before);
});

test("without reloading, the log says once that files have changed", async () => {
  using project = makeFolder({ "actions/a.ts": returning(1) });
  const folder = join(project.path, "actions");
  const catalog = await loadCatalog({ folder });
  const { log, lines, find } = makeLog();
  using _ = watchWithoutReload(folder, { catalog, log });
  project.write({ "actions/a.ts": returning(2) });
  await find("have changed since the server loaded them");
  project.write({ "actions/a.ts": returning(3) });
  await Bun.sleep(50);
  expect(lines).toHaveLength(1);
});

test("a folder that cannot be loaded at first is loaded when it is put right, and the wait can be ended", async () => {
  using project = makeFolder({ "actions/a.ts": "export const = 1;" });
  const folder = join(project.path, "actions");
  const { log, lines, find } = makeLog();
  const load = (signal?: AbortSignal) =>
    loadWhenPossible(
      { folder, isolation: "in-process", log, mayBeEmpty: false },
      { signal, onPackages: () => undefined },
    );
  const loading = load();
  expect(await find("cannot be served")).toEndWith(
    "The server will start when this is fixed.",
  );
  const controller = new AbortController();
  const ended = load(controller.signal);
  controller.abort(new Error("stopped"));
  await expect(ended).rejects.toThrow("stopped");
  project.write({ "actions/a.ts": returning(1) });
  using catalog = await loading;
  expect(catalog.list()).toHaveLength(1);
  expect(lines.length).toBeGreaterThan(0);
});
