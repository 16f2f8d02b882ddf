/**
 * The programs of threads as one file each, as they are in the executable: read from their sources for each store that a
 * test opens, they would take a tenth of all time. `verify` makes the files, and has this file loaded before its tests.
 */
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { THREADS } from "../../src/project/compile.ts";

/** Holds the folder of those files. */
const FOLDER = "ACTIOND_TEST_THREADS";
const SOURCES = resolve(import.meta.dir, "..", "..", "src");

/** From now on, test processes find them in `folder`. */
export async function bundleThreads(folder: string): Promise<void> {
  await Bun.build({
    entrypoints: THREADS.map((path) => join(SOURCES, path)),
    root: SOURCES,
    outdir: folder,
    target: "bun",
  });
  process.env[FOLDER] = folder;
}

const bundled = process.env[FOLDER];
if (bundled !== undefined) {
  const bundles = new Map(
    THREADS.map((path) => [
      pathToFileURL(join(SOURCES, path)).href,
      pathToFileURL(join(bundled, path.replace(/\.ts$/, ".js"))).href,
    ]),
  );
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(bundles.get(String(url)) ?? url, options);
    }
  };
}
