/**
 * Makes what editors, `actiond check`, `actiond test` and `actiond build` need of the SDK, in one file that the executable
 * carries: declarations bundled from the sources, the SDK as JavaScript, and the types of Bun and Node.
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { generateDtsBundle } from "dts-bundle-generator";
import ts from "typescript";
import packageJson from "../package.json" with { type: "json" };

const ROOT = join(import.meta.dir, "..");
const OUT = join(ROOT, "dist", "sdk");
const ENTRIES = { index: "src/sdk.ts", test: "src/testing.ts" } as const;
/** Packages whose declarations go along, so that tests and `node:` modules are known without an installation. */
const TYPES = ["bun-types", "@types/node", "undici-types"];

const inputs = hashInputs();
const kept = Bun.file(join(OUT, "inputs"));
if ((await kept.exists()) && (await kept.text()) === inputs) process.exit(0);

const files: Record<string, string> = {
  ...(await bundleCode()),
  ...bundleDeclarations(),
  ...collectTypes(),
  "bun.d.ts": '/// <reference types="bun-types" />\n',
  "package.json": toPackageJson(),
};
mkdirSync(OUT, { recursive: true });
await Bun.write(
  join(OUT, "files.json.gz"),
  Bun.gzipSync(Buffer.from(JSON.stringify(files)), { level: 9 }),
);
await Bun.write(join(OUT, "inputs"), inputs);

/** The declarations take seconds to make, so they are made again only when something that they are made of has changed. */
function hashInputs(): string {
  const hasher = new Bun.CryptoHasher("sha256");
  const sources = [
    ...new Bun.Glob("src/{sdk,testing,errors}.ts").scanSync(ROOT),
  ];
  sources.push(...new Bun.Glob("src/action/*.ts").scanSync(ROOT));
  sources.push("build/sdk-files.ts", "bun.lock", "package.json");
  for (const path of sources.toSorted())
    hasher.update(readFileSync(join(ROOT, path)));
  return hasher.digest("hex");
}

async function bundleCode(): Promise<Record<string, string>> {
  const built = await Bun.build({
    entrypoints: Object.values(ENTRIES).map((path) => join(ROOT, path)),
    target: "bun",
    splitting: true,
    minify: { syntax: true, whitespace: true },
  });
  const names = new Map(
    Object.entries(ENTRIES).map(([name, path]) => [
      basename(path, ".ts"),
      `${name}.js`,
    ]),
  );
  const code = built.outputs.map(async (output) => {
    const name = basename(output.path);
    return [names.get(basename(name, ".js")) ?? name, await output.text()];
  });
  return Object.fromEntries(await Promise.all(code)) as Record<string, string>;
}

/** One bundle for both modules, because a type that is in two files is two types. */
function bundleDeclarations(): Record<string, string> {
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, "dist", "sdk-"));
  try {
    const all = join(folder, "sdk.ts");
    const lines = Object.values(ENTRIES).map(
      (path) => `export * from "../../${path}";\n`,
    );
    ts.sys.writeFile(all, lines.join(""));
    const [bundle = ""] = generateDtsBundle(
      [
        {
          filePath: all,
          libraries: { inlinedLibraries: ["@sinclair/typebox"] },
          output: { noBanner: true, exportReferencedTypes: false },
        },
      ],
      { preferredConfigPath: join(ROOT, "tsconfig.json") },
    );
    const program = ts.createProgram(
      Object.values(ENTRIES).map((path) => join(ROOT, path)),
      {
        allowImportingTsExtensions: true,
        noEmit: true,
        module: ts.ModuleKind.Preserve,
      },
    );
    const modules = Object.entries(ENTRIES).map(([name, path]) => [
      `${name}.d.ts`,
      `export { ${listExports(program, join(ROOT, path)).join(", ")} } from "./sdk.js";\n`,
    ]);
    return { "sdk.d.ts": bundle, ...Object.fromEntries(modules) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function listExports(program: ts.Program, file: string): string[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const symbol = source && checker.getSymbolAtLocation(source);
  if (symbol === undefined) throw new Error(`${file} exports nothing.`);
  return checker.getExportsOfModule(symbol).map(({ name }) => name);
}

function collectTypes(): Record<string, string> {
  const entries = TYPES.flatMap((name) => {
    const folder = findPackage(name);
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => /\.d\.[mc]?ts$|^package\.json$/.test(path))
      .filter((path) => !path.startsWith("node_modules/"))
      .map((path) => [
        `node_modules/${name}/${path}`,
        readFileSync(join(folder, path), "utf8"),
      ]);
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

function findPackage(name: string): string {
  const path = ["bun-types", "@types/node"]
    .map((from) => join(ROOT, "node_modules", from))
    .concat(ROOT)
    .map((from) => tryResolve(`${name}/package.json`, from))
    .find((found) => found !== undefined);
  if (path === undefined) throw new Error(`${name} is not installed.`);
  return dirname(path);
}

function tryResolve(specifier: string, from: string): string | undefined {
  try {
    return Bun.resolveSync(specifier, from);
  } catch {
    return undefined;
  }
}

function toPackageJson(): string {
  const point = (name: string) => ({
    types: `./${name}.d.ts`,
    default: `./${name}.js`,
  });
  const { version, license } = packageJson;
  const written = {
    name: "actiond",
    version,
    description:
      "Written by actiond for editors and tests. The server uses its own copy.",
    license,
    type: "module",
    exports: {
      ".": point("index"),
      "./test": point("test"),
      "./bun": { types: "./bun.d.ts" },
    },
    // By this the program knows that it may replace the folder.
    actiond: { inputs },
  };
  return `${JSON.stringify(written, null, 2)}\n`;
}
