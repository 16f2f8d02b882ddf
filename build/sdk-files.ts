/**
 * Makes what editors, `actiond check`, `actiond test` and `actiond build` need of the SDK, in one file that the executable
 * carries: declarations bundled from the sources, the SDK as JavaScript, and the types of Bun and Node.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { generateDtsBundle } from "dts-bundle-generator";
import ts from "typescript";
import { makeWhenChanged } from "./inputs.ts";
import packageJson from "../package.json" with { type: "json" };

const ENTRIES = {
  index: "src/sdk.ts",
  test: "src/testing.ts",
  webhook: "src/webhook.ts",
} as const;
/** Packages whose declarations go along, so that tests and `node:` modules are known without an installation. */
const TYPES = ["bun-types", "@types/node", "undici-types"];

/** @param root the folder of the sources */
export async function makeSdkFiles(root: string): Promise<void> {
  const out = join(root, "dist", "sdk");
  const sources = new Bun.Glob("src/{sdk,testing,webhook,errors,action/*}.ts");
  const others = ["build/sdk-files.ts", "bun.lock", "package.json"];
  const inputs = [...sources.scanSync(root), ...others];
  // The declarations take seconds to make.
  await makeWhenChanged(
    out,
    inputs.map((path) => join(root, path)),
    async (hash) => {
      const files: Record<string, string> = {
        ...(await bundleCode(root)),
        ...bundleDeclarations(root),
        ...collectTypes(root),
        "bun.d.ts": '/// <reference types="bun-types" />\n',
        "package.json": toPackageJson(hash),
      };
      await Bun.Archive.write(join(out, "files.tar.gz"), files, {
        compress: "gzip",
        level: 12,
      });
    },
  );
}

async function bundleCode(root: string): Promise<Record<string, string>> {
  const built = await Bun.build({
    entrypoints: Object.values(ENTRIES).map((path) => join(root, path)),
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

/** One bundle for all modules, because a type that is in two files is two types. */
function bundleDeclarations(root: string): Record<string, string> {
  const folder = mkdtempSync(join(root, "dist", "sdk-"));
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
      { preferredConfigPath: join(root, "tsconfig.json") },
    );
    const program = ts.createProgram(
      Object.values(ENTRIES).map((path) => join(root, path)),
      {
        allowImportingTsExtensions: true,
        noEmit: true,
        module: ts.ModuleKind.Preserve,
      },
    );
    const modules = Object.entries(ENTRIES).map(([name, path]) => [
      `${name}.d.ts`,
      `export { ${listExports(program, join(root, path)).join(", ")} } from "./sdk.js";\n`,
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

function collectTypes(root: string): Record<string, string> {
  const entries = TYPES.flatMap((name) => {
    const folder = findPackage(root, name);
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

function findPackage(root: string, name: string): string {
  const path = ["bun-types", "@types/node"]
    .map((from) => join(root, "node_modules", from))
    .concat(root)
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

function toPackageJson(inputs: string): string {
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
      "./webhook": point("webhook"),
      "./bun": { types: "./bun.d.ts" },
    },
    // By this the program knows that it may replace the folder.
    actiond: { inputs },
  };
  return `${JSON.stringify(written, null, 2)}\n`;
}
