/** The rules of the rooms hold in src, and the checker sees every kind of breach. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BREACHES } from "./rooms/breaches.ts";
import { checkRooms } from "./rooms/rules.ts";

const src = join(import.meta.dir, "..", "src");
let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "actiond-rooms-"));
  folder = join(root, "src");
  mkdirSync(folder);
});
afterEach(() => rmSync(root, { recursive: true }));

/** A process that something keeps open never ends; a busy machine needs seconds to import everything. */
const PATIENCE_MS = 20_000;

test("the sources keep the rules of the rooms", async () => {
  expect(await checkRooms(src)).toEqual([]);
});

test(
  "importing a source file prints nothing, leaves nothing open and makes no file",
  async () => {
    const files = [...new Bun.Glob("**/*.ts").scanSync(src)]
      .filter((path) => path !== "main.ts")
      .map((path) => join(src, path));
    const child = Bun.spawn(
      [
        process.execPath,
        "--eval",
        "for (const file of process.argv.slice(1)) await import(file)",
        ...files,
      ],
      { cwd: folder, stdout: "pipe", stderr: "pipe", timeout: PATIENCE_MS },
    );
    const [exitCode, stdout, stderr] = await Promise.all([
      child.exited,
      child.stdout.text(),
      child.stderr.text(),
    ]);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "",
    });
    expect([
      ...new Bun.Glob("**").scanSync({ cwd: folder, dot: true }),
    ]).toEqual([]);
  },
  PATIENCE_MS * 2,
);

test("a tree that keeps the rules has no breaches", async () => {
  await plant({
    "errors.ts": "export class ServerError extends Error {}",
    "log.ts": "console.log(1);",
    "cli/program.ts": "export const { env } = process; Bun.argv; fetch('');",
    "sdk.ts":
      'export { Type as t } from "@sinclair/typebox"; export { a } from "./action/action.ts";',
    "main.ts": 'import "./cli/program.ts"; process.argv;',
    "serve.ts":
      'import "./http/app.ts"; import "./store/open.ts"; import "./callback/deliver.ts";',
    "cli/serve.ts":
      'import "commander"; await import("../serve.ts"); await import("../store/open.ts");',
    "action/action.ts":
      'import type { ServerError } from "../errors.ts"; export const a = 1;',
    "run/run.ts": 'import "../action/action.ts"; import "./wait.ts";',
    "run/wait.ts":
      '// import "../store/open.ts"; fetch("")\nexport const s = \'import "elysia"; console.log(process.env)\';',
    "http/app.ts":
      'import { Elysia } from "elysia"; import "../run/run.ts"; server.fetch(1); const fetch = 2;',
    "store/open.ts":
      'import "bun:sqlite"; import "drizzle-orm/bun-sqlite"; import sql from "./a.sql" with { type: "text" };',
    "store/a.sql": "",
    "callback/deliver.ts":
      'import type { R } from "../run/run.ts"; fetch(""); globalThis.fetch("");',
  });
  expect(await checkRooms(folder)).toEqual([]);
});

test.each([...BREACHES])(
  "the checker reports once that %s",
  async (_breach, files, sentence) => {
    await plant(files);
    expect(await checkRooms(folder)).toEqual([sentence]);
  },
);

test("a folder without sources and a file that is not TypeScript are errors", async () => {
  await expect(checkRooms(folder)).rejects.toThrow("has no source files");
  await plant({ "run/a.ts": "import {" });
  await expect(checkRooms(folder)).rejects.toThrow("run/a.ts: ");
});

async function plant(files: Record<string, string>): Promise<void> {
  await Promise.all(
    Object.entries(files).map(([path, text]) =>
      Bun.write(join(folder, path), text),
    ),
  );
}
