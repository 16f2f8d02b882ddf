/** Packs the sources of the server, from which `actiond build` makes executables with actions inside. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { THREADS } from "../src/project/compile.ts";
import { makeWhenChanged } from "./inputs.ts";

/** @param root the folder of the sources */
export async function makeServerFiles(root: string): Promise<void> {
  const out = join(root, "dist", "server");
  const glob = new Bun.Glob("{src,drizzle,drizzle-pg}/**/*");
  const own = [...glob.scanSync(root), "package.json", "tsconfig.json"];
  const inputs = [...own, "bun.lock", "build/server-files.ts"];
  await makeWhenChanged(
    out,
    inputs.map((path) => join(root, path)),
    async () => {
      const files = new Set([...own, ...(await listPackageFiles(root))]);
      const packed = [...files].map((path) => [
        path,
        readFileSync(join(root, path)),
      ]);
      await Bun.Archive.write(
        join(out, "files.tar.gz"),
        Object.fromEntries(packed) as Record<string, Uint8Array>,
        { compress: "gzip", level: 12 },
      );
    },
  );
}

/** Lists the files of packages that the program and its page are made of, with what is needed to find them. */
async function listPackageFiles(root: string): Promise<string[]> {
  const programs = [
    { target: "bun", entries: ["main.ts", ...THREADS] },
    {
      target: "browser",
      entries: ["console/page.html"],
    },
  ] as const;
  const found = new Set<string>();
  for (const { target, entries } of programs) {
    const built = await Bun.build({
      entrypoints: entries.map((path) => join(root, "src", path)),
      root,
      target,
      metafile: true,
    });
    for (const path of Object.keys(built.metafile?.inputs ?? {})) {
      const file = relative(root, join(process.cwd(), path));
      if (file.startsWith("node_modules/")) found.add(file);
    }
  }
  const used = new Set([...found].map(toPackage));
  // What the program does not use is not among its inputs, and yet has to be found when it is built.
  for (const file of found)
    for (const imported of listImports(root, file)) found.add(imported);
  // Which of its files is found depends on where the package is used: all of them go along.
  const others = new Set([...found].map(toPackage)).difference(used);
  for (const folder of others)
    for (const path of CODE.scanSync(join(root, folder)))
      found.add(join(folder, path));
  const packages = [...found].flatMap((file) => listPackageJsons(root, file));
  return [...found, ...packages];
}

/** The code of a package. */
const CODE = new Bun.Glob("**/*.{js,mjs,cjs}");

/** @returns the folder of the package that a file belongs to */
function toPackage(file: string): string {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? file;
}

const transpiler = new Bun.Transpiler({ loader: "jsx" });

function listImports(root: string, file: string): string[] {
  if (!/\.[cm]?js$/.test(file)) return [];
  const path = join(root, file);
  return transpiler
    .scanImports(readFileSync(path, "utf8"))
    .flatMap((imported) => {
      try {
        return relative(root, Bun.resolveSync(imported.path, dirname(path)));
      } catch {
        // It is optional, or belongs to the runtime.
        return [];
      }
    })
    .filter((found) => found.startsWith("node_modules/"));
}

function listPackageJsons(root: string, file: string): string[] {
  const found: string[] = [];
  for (
    let folder = dirname(file);
    folder !== "node_modules";
    folder = dirname(folder)
  ) {
    const path = join(folder, "package.json");
    if (existsSync(join(root, path))) found.push(path);
  }
  return found;
}
