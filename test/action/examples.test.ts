import { beforeAll, describe, expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import type { RunContext } from "../../src/action/definition.ts";
import { type Catalog, loadCatalog } from "../../src/catalog/catalog.ts";
import { provideSdk } from "../../src/catalog/sdk-module.ts";
import { makeFolder } from "../catalog/folder.ts";
import { makeContext } from "../../src/testing.ts";
import { silentLog } from "../silent-log.ts";

const ACTIONS = join(import.meta.dir, "../../actions");

let catalog: Catalog;
beforeAll(async () => {
  provideSdk();
  catalog = await loadCatalog({ folder: ACTIONS });
});

/** Runs an action as the server does: its input checked first, its result after. */
async function run(
  address: string,
  input: unknown,
  context: Partial<RunContext> = {},
): Promise<unknown> {
  const entry = catalog.list().find((found) => found.address === address);
  const checked = entry?.checkInput(input);
  if (entry === undefined || checked?.ok !== true)
    throw new Error(`${address} does not take ${JSON.stringify(input)}.`);
  const result = await entry.action.run(checked.value, {
    ...makeContext(),
    log: silentLog,
    ...context,
  });
  expect(entry.checkOutput(result)).toEqual([]);
  return result;
}

test("every example is served under its address and has a description", () => {
  expect(catalog.list().map((entry) => entry.address)).toEqual([
    "files/hash-folder",
    "greeter/greet",
    "reports/write-report",
    "shop/order",
  ]);
  for (const { description } of catalog.list())
    expect(description).toEndWith(".");
});

test("the greet example greets", async () => {
  expect(await run("greeter/greet", { name: "Ada" })).toBe("Hello Mr. Ada.");
  expect(await run("greeter/greet", { name: "Ada", title: "Dr." })).toBe(
    "Hello Dr. Ada.",
  );
});

describe("write-report", () => {
  test("the write-report example writes every page and reports each one", async () => {
    const lines: string[] = [];
    const info = (message: string) => lines.push(message);
    const input = { month: "2026-01", pages: 2, secondsPerPage: 0 };
    const report = await run("reports/write-report", input, {
      log: { info } as never,
    });
    expect(report).toEqual({
      month: "2026-01",
      pages: [
        { number: 1, total: 100 },
        { number: 2, total: 200 },
      ],
    });
    expect(lines).toEqual([
      "Page 1 of 2 is written.",
      "Page 2 of 2 is written.",
    ]);
  });

  test("the write-report example ends when it is aborted", async () => {
    const controller = new AbortController();
    const running = run(
      "reports/write-report",
      { month: "2026-01", pages: 2 },
      { signal: controller.signal },
    );
    controller.abort();
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("hash-folder", () => {
  const HELLO_SHA256 =
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

  test("the hash-folder example hashes the files below a folder", async () => {
    using folder = makeFolder({ "data/b/c.txt": "hello", "data/a.csv": "" });
    using _ = workIn(folder.path);
    expect(await run("files/hash-folder", { folder: "data" })).toMatchObject({
      files: [
        { path: "a.csv" },
        { path: "b/c.txt", bytes: 5, sha256: HELLO_SHA256 },
      ],
      bytes: 5,
    });
    expect(
      await run("files/hash-folder", { pattern: "**/*.csv" }),
    ).toMatchObject({
      files: [{ path: "data/a.csv" }],
    });
  });

  test.each([
    { folder: ".." },
    { folder: "/etc" },
    { folder: "link" },
    { pattern: "/etc/host*" },
    { pattern: "link/secret.txt" },
    { pattern: "secret-link.txt" },
  ])(
    "the hash-folder example does not leave the working folder for %j",
    async (input) => {
      using outside = makeFolder({ "secret.txt": "secret" });
      using folder = makeFolder();
      symlinkSync(outside.path, join(folder.path, "link"));
      symlinkSync(
        join(outside.path, "secret.txt"),
        join(folder.path, "secret-link.txt"),
      );
      using _ = workIn(folder.path);
      const running = run("files/hash-folder", input);
      await expect(running).rejects.toMatchObject({
        code: "path_not_allowed",
        status: 403,
      });
    },
  );

  test.each(["missing", "file.txt"])(
    "the hash-folder example refuses %p, which is not a folder",
    async (name) => {
      using folder = makeFolder({ "file.txt": "" });
      using _ = workIn(folder.path);
      const running = run("files/hash-folder", { folder: name });
      await expect(running).rejects.toMatchObject({
        code: "folder_not_found",
        status: 404,
      });
    },
  );

  test("the hash-folder example ends when it is aborted", async () => {
    using folder = makeFolder({ "a.txt": "hello" });
    using _ = workIn(folder.path);
    const running = run(
      "files/hash-folder",
      {},
      { signal: AbortSignal.abort() },
    );
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("order", () => {
  test("the order example sells what is in stock", async () => {
    expect(await run("shop/order", { product: "tea", count: 2 })).toEqual({
      product: "tea",
      left: 10,
    });
  });

  test.each([
    [
      { product: "coffee", count: 99 },
      {
        code: "out_of_stock",
        status: 422,
        data: { product: "coffee", left: 3 },
      },
    ],
    [{ product: "gold" }, { code: "unknown_product", status: 404 }],
  ])("the order example refuses %j", async (input, error) => {
    await expect(run("shop/order", input)).rejects.toMatchObject(error);
  });
});

/** Makes this the working folder until it is disposed of. */
function workIn(folder: string): Disposable {
  const before = process.cwd();
  process.chdir(folder);
  return {
    [Symbol.dispose]() {
      process.chdir(before);
    },
  };
}
