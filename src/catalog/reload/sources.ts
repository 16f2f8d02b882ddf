/** The files that the code of an actions folder is made of, and one hash for all they contain. */
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, extname, isAbsolute, join, resolve, sep } from "node:path";

export interface Sources {
  /** The same text for the same files with the same contents. */
  readonly version: string;
  /** The folders that hold the files, with links resolved. Each holds at least one of them. */
  readonly folders: ReadonlySet<string>;
  /** The files that other files import, with links resolved. */
  readonly imported: ReadonlySet<string>;
}

/** Larger files are compared by size and time. They hold data, not code. */
const MAX_READ_BYTES = 1024 ** 2;

const LOADERS: Readonly<Record<string, Bun.Transpiler>> = Object.fromEntries(
  (
    [
      [[".ts", ".mts", ".cts"], "ts"],
      [[".tsx"], "tsx"],
      [[".js", ".mjs", ".cjs", ".jsx"], "jsx"],
    ] as const
  ).flatMap(([extensions, loader]) => {
    const transpiler = new Bun.Transpiler({ loader });
    return extensions.map((extension) => [extension, transpiler]);
  }),
);

/** Every data folder has this file. */
const DATA_MARK = "actiond.lock";

/**
 * Reads the files of the folder, and the files elsewhere that they import by path, except those of packages. Names that
 * begin with a dot, `node_modules` and data folders are left out.
 */
export function readSources(folder: string): Sources {
  const seen = new Map<string, string>();
  const imported = new Set<string>();
  const waiting = listFiles(folder);
  for (const path of waiting) {
    const file = followLink(path);
    if (file === undefined || seen.has(file)) continue;
    const content = readContent(file);
    seen.set(file, content.hash);
    for (const found of findImports(file, content.text)) {
      imported.add(found);
      waiting.push(found);
    }
  }
  const hasher = new Bun.CryptoHasher("sha256");
  for (const file of [...seen.keys()].toSorted())
    hasher.update(`${file}\0${seen.get(file)}\n`);
  return {
    version: hasher.digest("hex"),
    folders: new Set([...seen.keys()].map((file) => dirname(file))),
    imported,
  };
}

function listFiles(folder: string): string[] {
  try {
    const names = readdirSync(folder);
    // Runs that are kept there are not code.
    if (names.includes(DATA_MARK)) return [];
    return names
      .filter((name) => !name.startsWith(".") && name !== "node_modules")
      .flatMap((name) => {
        const path = join(folder, name);
        const status = statSync(path, { throwIfNoEntry: false });
        if (status?.isDirectory() === true) return listFiles(path);
        return status?.isFile() === true ? [path] : [];
      });
  } catch {
    // Who loads the actions says what cannot be read.
    return [];
  }
}

function followLink(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function readContent(file: string): { hash: string; text: string } {
  try {
    const { size, mtimeMs } = statSync(file);
    if (size > MAX_READ_BYTES) return { hash: `${size} ${mtimeMs}`, text: "" };
    const bytes = readFileSync(file);
    const isCode = LOADERS[extname(file)] !== undefined;
    return {
      hash: Bun.CryptoHasher.hash("sha256", bytes, "hex"),
      text: isCode ? bytes.toString() : "",
    };
  } catch (error) {
    return { hash: String((error as NodeJS.ErrnoException).code), text: "" };
  }
}

/** @returns the files that a file imports by a path, or through `paths` of its tsconfig.json */
function findImports(file: string, text: string): string[] {
  const transpiler = LOADERS[extname(file)];
  if (transpiler === undefined || !/\b(?:import|require|from)\b/.test(text))
    return [];
  try {
    return transpiler
      .scanImports(text)
      .map(({ path }) => findImported(path, dirname(file)))
      .filter((found) => found !== undefined);
  } catch {
    // The file has a syntax error, which its import will report.
    return [];
  }
}

function findImported(specifier: string, folder: string): string | undefined {
  const isPath = specifier.startsWith(".") || isAbsolute(specifier);
  if (!isPath && /^(?:actiond|bun|node:.*|bun:.*)$/.test(specifier))
    return undefined;
  try {
    const found = isPath
      ? findByPath(resolve(folder, specifier))
      : Bun.resolveSync(specifier, folder);
    if (found === undefined || !isAbsolute(found)) return undefined;
    const file = realpathSync(found);
    return file.includes(`${sep}node_modules${sep}`) ? undefined : file;
  } catch {
    return undefined;
  }
}

const ENDINGS = [
  "",
  ".ts",
  ".tsx",
  ".mts",
  ".js",
  ".mjs",
  ".jsx",
  ".json",
  "/index.ts",
  "/index.tsx",
  "/index.js",
];

/** Bun remembers what it has not found, so it is not asked for files that may be written later. */
function findByPath(path: string): string | undefined {
  const candidates = [
    ...ENDINGS.map((ending) => path + ending),
    path.replace(/\.js$/, ".ts"),
  ];
  return candidates.find(
    (candidate) =>
      statSync(candidate, { throwIfNoEntry: false })?.isFile() === true,
  );
}
