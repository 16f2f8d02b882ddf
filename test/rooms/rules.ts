/** Who may import whom, and which room owns which technology: the rules of AGENTS.md, checked over a folder of sources. */
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { findCycles } from "./cycles.ts";
import {
  type Global,
  parseSourceFile,
  type SourceFile,
} from "./source-file.ts";

const DOMAIN = ["run", "action", "access"];
const LEAVES = ["errors", "log", "config", "units", "audit"];
const ADAPTERS = ["http", "cli", "mcp", "store", "callback", "isolation"];
const FOR_ADAPTERS = [...DOMAIN, ...LEAVES];

/** A room, which is a folder or a file beside the folders, and the rooms it may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  log: [],
  units: [],
  // The scopes that a command line may name, and what a key looks like.
  config: ["access", "units"],
  // `config` for its UsageError: a file that cannot be opened is a wrong command line.
  audit: ["log", "config"],
  access: ["errors"],
  action: ["errors"],
  sdk: ["action"],
  run: ["access", "action", "errors", "log", "units"],
  ...Object.fromEntries(ADAPTERS.map((room) => [room, FOR_ADAPTERS])),
  // Wires everything; a file of its own, so that tests start the same server that the program does.
  serve: [...ADAPTERS, ...FOR_ADAPTERS, "sdk"],
  main: [...ADAPTERS, ...FOR_ADAPTERS, "serve"],
};

/** The one file that hands the SDK to action files has to know it; the rest of its room does not. */
const FILE_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "action/sdk-module.ts": ["sdk"],
};

const PACKAGE_OWNERS: readonly {
  packages: RegExp;
  rooms: readonly string[];
}[] = [
  { packages: /^(?:elysia|@elysiajs\/[^/]+)(?:\/|$)/, rooms: ["http"] },
  { packages: /^@sinclair\/typebox(?:\/|$)/, rooms: ["action", "sdk"] },
  { packages: /^drizzle-orm(?:\/|$)/, rooms: ["store"] },
  { packages: /^bun:sqlite$/, rooms: ["store"] },
  { packages: /^(?:node:)?process$/, rooms: ["config", "main"] },
];

const GLOBAL_OWNERS: Readonly<Record<Global, readonly string[]>> = {
  fetch: ["callback"],
  console: ["log"],
  "argv and env": ["config", "main"],
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
  const allowed = new Set([
    room,
    ...(MAY_IMPORT[room] ?? []),
    ...(FILE_MAY_IMPORT[file.path] ?? []),
  ]);
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
