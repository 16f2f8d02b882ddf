/** The systems that `actiond build` makes executables for. */

const TARGETS = {
  "linux-x64": "bun-linux-x64",
  "linux-arm64": "bun-linux-arm64",
  "linux-x64-musl": "bun-linux-x64-musl",
  "linux-arm64-musl": "bun-linux-arm64-musl",
  "darwin-x64": "bun-darwin-x64",
  "darwin-arm64": "bun-darwin-arm64",
  "windows-x64": "bun-windows-x64",
  "windows-arm64": "bun-windows-arm64",
} as const;

export type Target = keyof typeof TARGETS;
export const TARGET_NAMES = Object.keys(TARGETS) as Target[];

/** @returns the system that this executable runs on */
export function ownTarget(): Target {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `${system}-${process.arch}`;
  // https://nodejs.org/api/process.html#processreport
  const report = process.report.getReport() as {
    header?: { glibcVersionRuntime?: string };
  };
  const isMusl =
    system === "linux" && report.header?.glibcVersionRuntime === undefined;
  return (isMusl ? `${name}-musl` : name) as Target;
}

/** @returns the name that Bun has for it */
export function toBunTarget(target: Target): string {
  return TARGETS[target];
}
