/** Who may import whom, and which room owns which technology: the rules of AGENTS.md, checked over a folder of sources. */
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { findCycles } from "./cycles.ts";
import {
  type Global,
  parseSourceFile,
  type SourceFile,
} from "./source-file.ts";

const LEAVES = [
  "byte-budget",
  "errors",
  "hidden",
  "log",
  "loggable",
  "secret-file",
  "time-slice",
  "units",
];
const DOMAIN = [
  "access",
  "action",
  "catalog",
  "execute",
  "queue",
  "run",
  "secrets",
];
const ADAPTERS = [
  "http",
  "listen",
  "store",
  "callback",
  "mcp",
  "oauth",
  "telemetry",
];
// What changes something says so to the audit log.
const FOR_ADAPTERS = [...DOMAIN, ...LEAVES, "audit"];

/** A room, which is a folder or a file beside the folders, and the rooms it may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  hidden: [],
  log: ["hidden", "loggable"],
  loggable: ["hidden"],
  units: [],
  "byte-budget": [],
  "time-slice": [],
  // It says what is wrong with a file of the command line.
  "secret-file": ["errors"],
  access: ["errors", "secret-file"],
  action: ["errors"],
  sdk: ["action"],
  testing: ["action", "errors"],
  // The folder of who writes actions.
  project: ["catalog", "errors"],
  // It hands the SDK to the files it imports, and says when it has loaded them again.
  catalog: ["action", "errors", "log", "sdk", "webhook"],
  queue: ["action", "catalog", "errors"],
  // A run is carried out here, in the words of `run`; `run` calls it by its interface.
  execute: [
    "action",
    "byte-budget",
    "catalog",
    "errors",
    "hidden",
    "log",
    "loggable",
    "process",
    "run",
    "secrets",
    "time-slice",
  ],
  // It finds what the code of runs needs, and hides it from logs.
  secrets: ["byte-budget", "catalog", ...LEAVES],
  // It tells whose code something came from.
  process: ["catalog", "execute", "log"],
  run: [...DOMAIN, ...LEAVES],
  audit: [...DOMAIN, ...LEAVES],
  ...Object.fromEntries(ADAPTERS.map((room) => [room, FOR_ADAPTERS])),
  // It runs in a browser, and knows the server by its HTTP API alone.
  console: [],
  // It writes files that call the server by its HTTP API alone, and are made of files that do so.
  client: ["action", "catalog", "errors", "webhook"],
  // The module is part of generated clients, which import nothing.
  webhook: [],
  // Wires everything; a file of its own, so that tests start the same server that the program does. `cli` tells it how.
  serve: [...ADAPTERS, ...FOR_ADAPTERS, "cli", "console", "process", "sdk"],
  // Wires what one run without a server needs.
  "run-once": [...DOMAIN, ...LEAVES, "process"],
  // A command starts the server, or works on a data folder without one.
  cli: [
    "access",
    "audit",
    "catalog",
    "client",
    ...LEAVES,
    "process",
    "project",
    "run",
    "run-once",
    "secrets",
    "serve",
    "store",
  ],
  // It is a command or a child process.
  main: ["cli", "execute", "telemetry"],
};

const PACKAGE_OWNERS: readonly {
  packages: RegExp;
  rooms: readonly string[];
}[] = [
  { packages: /^(?:elysia|@elysiajs\/[^/]+)(?:\/|$)/, rooms: ["http"] },
  {
    packages: /^@sinclair\/typebox(?:\/|$)/,
    rooms: ["action", "catalog", "sdk", "testing"],
  },
  { packages: /^@modelcontextprotocol\/server(?:\/|$)/, rooms: ["mcp"] },
  { packages: /^jose$/, rooms: ["oauth"] },
  { packages: /^(?:commander|@bomb\.sh\/tab)$/, rooms: ["cli"] },
  { packages: /^drizzle-orm(?:\/|$)/, rooms: ["store"] },
  {
    packages:
      /^(?:preact|@preact\/[^/]+|preact-iso|eventsource-client)(?:\/|$)/,
    rooms: ["console"],
  },
  { packages: /^bun:sqlite$/, rooms: ["store"] },
  { packages: /^@opentelemetry\//, rooms: ["telemetry"] },
  { packages: /^(?:node:)?process$/, rooms: ["cli", "main"] },
];

const GLOBAL_OWNERS: Readonly<Record<Global, readonly string[]>> = {
  // The keys of an issuer are fetched.
  fetch: ["callback", "cli", "client", "console", "oauth", "telemetry"],
  console: ["log"],
  "argv and env": ["cli", "main"],
};

const NAMES_OF_NOTHING =
  /(?:^|\/)(?:utils?|helpers?|commons?|types?|index)(?:\/|\.[^/]*$)/;

/**
 * @param folder holds rooms, like `src`
 * @returns a sentence for each rule broken
 * @throws when there is no source file to check
 */
export async function checkRooms(folder: string): Promise<string[]> {
  const paths = [...new Bun.Glob("**/*.{ts,tsx,mts,cts}").scanSync(folder)];
  if (paths.length === 0) throw new Error(`${folder} has no source files.`);
  const files = await Promise.all(
    paths.toSorted().map(async (path) => {
      const text = await Bun.file(join(folder, path)).text();
      return parseSourceFile(path, text);
    }),
  );
  const imported = new Map(
    files.map((file) => [file.path, relativeImports(file)]),
  );
  return [
    ...files.flatMap((file) => Array.from(checkFile(file))),
    ...files.flatMap((file) => Array.from(checkRelativeImports(file, folder))),
    ...findCycles(imported).map((cycle) => `${cycle.join(" → ")} is a cycle.`),
  ];
}

function* checkFile({ path, imports, globals, isReExporting }: SourceFile) {
  const room = roomOf(path);
  if (!(room in MAY_IMPORT)) yield `${path} is in "${room}", which is no room.`;
  if (NAMES_OF_NOTHING.test(path))
    yield `${path} has a name that says nothing about what it holds.`;
  if (isReExporting && path !== "sdk.ts")
    yield `${path} exports what it imports: import the file that owns the thing.`;
  for (const specifier of imports) {
    const owner = PACKAGE_OWNERS.find(({ packages }) =>
      packages.test(specifier),
    );
    if (owner && !owner.rooms.includes(room))
      yield `${path} imports "${specifier}", which belongs to ${owner.rooms.join(" and ")}.`;
  }
  for (const global of globals) {
    const owners = GLOBAL_OWNERS[global];
    if (!owners.includes(room))
      yield `${path} uses ${global}, which belongs to ${owners.join(" and ")}.`;
  }
}

function* checkRelativeImports(file: SourceFile, folder: string) {
  const room = roomOf(file.path);
  const allowed = new Set([room, ...(MAY_IMPORT[room] ?? [])]);
  for (const path of relativeImports(file)) {
    if (!existsSync(join(folder, path)) || posix.extname(path) === "")
      yield `${file.path} imports ${path}, which is no file: write its whole name, with its extension.`;
    else if (path.startsWith("../") && /\.[cm]?[jt]sx?$/.test(path))
      yield `${file.path} imports ${path}, which is code outside of the rooms.`;
    else if (!path.startsWith("../") && !allowed.has(roomOf(path)))
      yield `${file.path} imports ${path}, but "${room}" may not import "${roomOf(path)}".`;
  }
}

/** Paths below the folder, resolved as written, but for "actiond", which tsconfig.json makes `sdk.ts`. */
function relativeImports({ path, imports }: SourceFile): string[] {
  return imports
    .filter((specifier) => /^\.|^actiond$/.test(specifier))
    .map((specifier) =>
      specifier === "actiond"
        ? "sdk.ts"
        : posix.join(posix.dirname(path), specifier),
    );
}

function roomOf(path: string): string {
  return path.includes("/")
    ? path.slice(0, path.indexOf("/"))
    : posix.parse(path).name;
}
