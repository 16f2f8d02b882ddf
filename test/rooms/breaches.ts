/** One tree for each way to break a rule of the rooms, with the sentence the checker must say. */

type Breach = readonly [
  breach: string,
  files: Readonly<Record<string, string>>,
  sentence: string,
];

const STORE = { "store/open.ts": "export interface Store {}" };

export const BREACHES: readonly Breach[] = [
  [
    "an adapter imports another",
    { ...STORE, "http/app.ts": 'import { open } from "../store/open.ts";' },
    'http/app.ts imports store/open.ts, but "http" may not import "store".',
  ],
  [
    "an adapter imports a type of another",
    { ...STORE, "callback/a.ts": 'import type { S } from "../store/open.ts";' },
    'callback/a.ts imports store/open.ts, but "callback" may not import "store".',
  ],
  [
    "an adapter imports an inline type of another",
    { ...STORE, "listen/a.ts": 'import { type S } from "../store/open.ts";' },
    'listen/a.ts imports store/open.ts, but "listen" may not import "store".',
  ],
  [
    "an adapter names a type of another by import()",
    {
      ...STORE,
      "audit/a.ts": 'export type S = import("../store/open.ts").Store;',
    },
    'audit/a.ts imports store/open.ts, but "audit" may not import "store".',
  ],
  [
    "the domain imports an adapter at run time",
    { ...STORE, "run/a.ts": 'await import("../store/open.ts");' },
    'run/a.ts imports store/open.ts, but "run" may not import "store".',
  ],
  [
    "the domain requires an adapter",
    { ...STORE, "run/a.ts": 'require("../store/open.ts");' },
    'run/a.ts imports store/open.ts, but "run" may not import "store".',
  ],
  [
    "an action knows runs",
    { "run/run.ts": "", "action/a.ts": 'import "../run/run.ts";' },
    'action/a.ts imports run/run.ts, but "action" may not import "run".',
  ],
  [
    "a run knows the command line",
    { "cli/program.ts": "", "run/a.ts": 'import "../cli/program.ts";' },
    'run/a.ts imports cli/program.ts, but "run" may not import "cli".',
  ],
  [
    "an adapter knows the command line",
    { "cli/program.ts": "", "http/a.ts": 'import "../cli/program.ts";' },
    'http/a.ts imports cli/program.ts, but "http" may not import "cli".',
  ],
  [
    "a command wires an adapter itself",
    { "http/app.ts": "", "cli/a.ts": 'await import("../http/app.ts");' },
    'cli/a.ts imports http/app.ts, but "cli" may not import "http".',
  ],
  [
    "the program's first file knows more than commands and children",
    { ...STORE, "main.ts": 'import "./store/open.ts";' },
    'main.ts imports store/open.ts, but "main" may not import "store".',
  ],
  [
    "commander is outside of cli",
    { "serve.ts": 'import { Command } from "commander";' },
    'serve.ts imports "commander", which belongs to cli.',
  ],
  [
    "the queue knows runs",
    { "run/run.ts": "", "queue/a.ts": 'import "../run/run.ts";' },
    'queue/a.ts imports run/run.ts, but "queue" may not import "run".',
  ],
  [
    "the catalog knows what executes it",
    { "execute/a.ts": "", "catalog/a.ts": 'import "../execute/a.ts";' },
    'catalog/a.ts imports execute/a.ts, but "catalog" may not import "execute".',
  ],
  [
    "the SDK knows runs",
    { "run/run.ts": "", "sdk.ts": 'import "./run/run.ts";' },
    'sdk.ts imports run/run.ts, but "sdk" may not import "run".',
  ],
  [
    "a room imports the SDK by the name that action files use",
    { "sdk.ts": "", "http/a.ts": 'import type { t } from "actiond";' },
    'http/a.ts imports sdk.ts, but "http" may not import "sdk".',
  ],
  [
    "a leaf imports something of ours",
    { "log.ts": "", "errors.ts": 'import "./log.ts";' },
    'errors.ts imports log.ts, but "errors" may not import "log".',
  ],
  [
    "a room imports the composition root",
    { "main.ts": "", "http/app.ts": 'import "../main.ts";' },
    'http/app.ts imports main.ts, but "http" may not import "main".',
  ],
  [
    "a folder is no room",
    { "services/a.ts": "" },
    'services/a.ts is in "services", which is no room.',
  ],
  [
    "code lies outside of the rooms",
    {
      "http/a.ts": 'import "../../outside.test.ts";',
      "../outside.test.ts": "",
    },
    "http/a.ts imports ../outside.test.ts, which is code outside of the rooms.",
  ],
  [
    "elysia is outside of http",
    { "run/a.ts": 'import type { Elysia } from "elysia";' },
    'run/a.ts imports "elysia", which belongs to http.',
  ],
  [
    "an elysia plugin is outside of http",
    { "cli/a.ts": 'import { swagger } from "@elysiajs/swagger";' },
    'cli/a.ts imports "@elysiajs/swagger", which belongs to http.',
  ],
  [
    "typebox is outside of action",
    { "http/a.ts": 'import { Value } from "@sinclair/typebox/value";' },
    'http/a.ts imports "@sinclair/typebox/value", which belongs to action and catalog and sdk and testing.',
  ],
  [
    "drizzle is outside of store",
    { "run/a.ts": 'import { eq } from "drizzle-orm";' },
    'run/a.ts imports "drizzle-orm", which belongs to store.',
  ],
  [
    "sqlite is outside of store",
    { "main.ts": 'import { Database } from "bun:sqlite";' },
    'main.ts imports "bun:sqlite", which belongs to store.',
  ],
  ...[
    'export const ask = () => fetch("http://a");',
    '(fetch)("http://a");',
    'Bun.fetch("http://a");',
    "const ask = fetch;",
    "const { fetch: ask } = globalThis;",
    "new Receiver(fetch);",
    'import { fetch as ask } from "bun";',
  ].map((text): Breach => [
    `fetch is used by ${text}`,
    { "run/a.ts": text },
    "run/a.ts uses fetch, which belongs to callback and cli and client and console and oauth and telemetry.",
  ]),
  ...[
    "console.error(1);",
    "globalThis.console.error(1);",
    "const { error } = console;",
    "report(console);",
  ].map((text): Breach => [
    `console is used by ${text}`,
    { "run/a.ts": text },
    "run/a.ts uses console, which belongs to log.",
  ]),
  ...[
    "process.env;",
    'process["argv"];',
    "Bun.env.A;",
    "Bun.argv;",
    "import.meta.env;",
    "const { env } = process;",
    "globalThis.process.env;",
    "const { env } = globalThis.process;",
    'import { argv } from "bun";',
  ].map((text): Breach => [
    `the environment is read by ${text}`,
    { "http/a.ts": text },
    "http/a.ts uses argv and env, which belongs to cli and main.",
  ]),
  [
    "the environment is read by a module",
    { "log.ts": 'import { env } from "node:process";' },
    'log.ts imports "node:process", which belongs to cli and main.',
  ],
  [
    "an import has no extension",
    { "run/a.ts": 'import "./b";', "run/b.ts": "" },
    "run/a.ts imports run/b, which is no file: write its whole name, with its extension.",
  ],
  [
    "an import has the extension of the built file",
    { "run/a.ts": 'import "./b.js";', "run/b.ts": "" },
    "run/a.ts imports run/b.js, which is no file: write its whole name, with its extension.",
  ],
  [
    "an import names a folder",
    { "run/a.ts": 'import "../action";', "action/a.ts": "" },
    "run/a.ts imports action, which is no file: write its whole name, with its extension.",
  ],
  [
    "a file exports another's",
    { "run/a.ts": 'export { b } from "./b.ts";', "run/b.ts": "" },
    "run/a.ts exports what it imports: import the file that owns the thing.",
  ],
  [
    "a file exports all of another's types",
    { "run/a.ts": 'export type * from "./b.ts";', "run/b.ts": "" },
    "run/a.ts exports what it imports: import the file that owns the thing.",
  ],
  [
    "a file imports, then exports",
    { "run/a.ts": 'import { b } from "./b.ts"; export { b };', "run/b.ts": "" },
    "run/a.ts exports what it imports: import the file that owns the thing.",
  ],
  ...["utils.ts", "helper/a.ts", "common.ts", "types.ts", "index.ts"].map(
    (name): Breach => [
      `a file is called ${name}`,
      { [`run/${name}`]: "" },
      `run/${name} has a name that says nothing about what it holds.`,
    ],
  ),
  [
    "two files import each other",
    { "run/a.ts": 'import "./b.ts";', "run/b.ts": 'import "./a.ts";' },
    "run/a.ts → run/b.ts → run/a.ts is a cycle.",
  ],
  [
    "three files import each other's types",
    {
      "run/a.ts": 'import type { B } from "./b.ts";',
      "run/b.ts": 'import type { C } from "./c.ts";',
      "run/c.ts": 'import type { A } from "./a.ts";',
    },
    "run/a.ts → run/b.ts → run/c.ts → run/a.ts is a cycle.",
  ],
];
