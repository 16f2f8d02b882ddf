/** How the executable is compiled: this one by `bun run build`, and those of `actiond build`. */

/** Programs of threads, which the executable starts by their paths. */
export const THREADS = [
  "process/watchdog-thread.ts",
  "run/input/check-thread.ts",
  "store/postgres/fleet/lease/beat-thread.ts",
  "store/sqlite/thread/thread.ts",
] as const;

/**
 * Makes the arguments with which Bun compiles a program.
 *
 * @param program.entry a file in the folder `src` of actiond's sources
 * @param program.assets folders that the program reads from inside the executable
 * @param program.outfile in a folder of its own, because source maps are written beside it, which it carries as well
 */
export function toCompileArguments(program: {
  readonly entry: string;
  readonly assets: readonly string[];
  readonly outfile: string;
}): string[] {
  return [
    "build",
    "--compile",
    "--bytecode",
    "--format=esm",
    // A command loads what it needs, and a thread does not load the rest of the program.
    "--splitting",
    // Complete minification breaks Elysia, which reads the source text of functions.
    "--minify-syntax",
    "--sourcemap",
    // Action files need the settings and packages around them.
    "--compile-autoload-tsconfig",
    "--compile-autoload-package-json",
    // These would run code, and change settings, of whatever folder the program is started in.
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    ...program.assets.flatMap((folder) => ["--asset", folder]),
    ...[program.entry, ...THREADS].map((file) => `src/${file}`),
    "--outfile",
    program.outfile,
  ];
}
