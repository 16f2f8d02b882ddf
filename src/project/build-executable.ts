/** Builds an executable of the server and a folder of actions, with the packages that they use. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { findProject } from "../catalog/find-project.ts";
import { OperatorError } from "../errors.ts";
import { makeBuiltProgram } from "./built-program.ts";
import { findCarried } from "./carried.ts";
import { toCompileArguments } from "./compile.ts";
import { writeSdk } from "./sdk-files.ts";
import { ownTarget, type Target, toBunTarget } from "./target.ts";

/**
 * @param options.base an executable of actiond or Bun for the target; without one, that of this machine is there already,
 *   and Bun downloads those of others
 * @param options.environment for the compiler, which reads settings of the package registry from it
 * @returns the number of bytes
 * @throws {OperatorError} with what the compiler said
 */
export async function buildExecutable(options: {
  readonly actions: string;
  readonly outfile: string;
  readonly target: Target | undefined;
  readonly base: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): Promise<number> {
  const { actions, target = ownTarget(), base } = options;
  const outfile = target.startsWith("windows")
    ? withExe(options.outfile)
    : options.outfile;
  const program = makeBuiltProgram(actions);
  // The compiler finds the module "actiond" where editors find it.
  await writeSdk(findProject(actions));
  const folder = mkdtempSync(join(tmpdir(), "actiond-build-"));
  try {
    const packed = readFileSync(join(findCarried("server"), "files.tar.gz"));
    await new Bun.Archive(packed).extract(folder);
    writeFileSync(join(folder, "src", "built.ts"), program);
    const compiled = join(folder, "compiled", basename(outfile));
    const argv = toCompileArguments({
      entry: "built.ts",
      assets: ["./drizzle", "./drizzle-pg"],
      outfile: compiled,
    });
    const isOther = target !== ownTarget();
    if (isOther) argv.push("--target", toBunTarget(target));
    if (base !== undefined) argv.push("--compile-executable-path", base);
    const failure = await compile(argv, folder, options.environment);
    if (failure !== undefined)
      throw toError(failure, { target, isOther, base, folder });
    put(compiled, outfile);
    return statSync(outfile).size;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Replaces a file, which may be running. @throws {OperatorError} it cannot be written */
function put(compiled: string, outfile: string): void {
  try {
    mkdirSync(dirname(outfile), { recursive: true });
    rmSync(outfile, { force: true });
    copyFileSync(compiled, outfile);
  } catch (error) {
    throw new OperatorError(
      `The executable cannot be written: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}

/** @returns what the compiler said when it failed */
async function compile(
  argv: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const compiler = Bun.spawn([process.execPath, ...argv], {
    cwd,
    env: { ...environment, BUN_BE_BUN: "1", NO_COLOR: "1" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error, code] = await Promise.all([
    compiler.stdout.text(),
    compiler.stderr.text(),
    compiler.exited,
  ]);
  return code === 0 ? undefined : `${out}${error}`.trim();
}

function toError(
  said: string,
  {
    target,
    isOther,
    base,
    folder,
  }: {
    target: Target;
    isOther: boolean;
    base: string | undefined;
    folder: string;
  },
): OperatorError {
  if (
    isOther &&
    base === undefined &&
    /failed to (?:download|extract)/i.test(said)
  )
    return new OperatorError(
      `The executable for ${target} cannot be built, because the Bun for that system could not be downloaded. Connect to the network, or name the executable of actiond or Bun for ${target} with --base FILE.\n${said}`,
    );
  return new OperatorError(
    `The executable could not be built:\n${said.replaceAll(`${folder}/`, "")}`,
  );
}

function withExe(outfile: string): string {
  return outfile.endsWith(".exe") ? outfile : `${outfile}.exe`;
}
