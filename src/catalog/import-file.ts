/** Imports one action file, and says where and why the import failed. */
import { dirname, isAbsolute } from "node:path";
import pTimeout from "p-timeout";
import type { CatalogProblem } from "./catalog-error.ts";
import { findLine } from "./source-position.ts";

/**
 * @param options.load imports it
 * @param options.timeoutMs how long the import may take, including the top-level await of the file
 */
export async function importFile(
  file: string,
  {
    load,
    timeoutMs,
  }: { load: () => Promise<Record<string, unknown>>; timeoutMs: number },
): Promise<{ exports: Record<string, unknown> } | CatalogProblem> {
  try {
    const exports = await pTimeout(load(), {
      milliseconds: timeoutMs,
      fallback: () => "late" as const,
    });
    if (exports !== "late") return { exports };
    return {
      file,
      line: findLine(file, /^(?!\s|\/|\*).*\bawait\b/) ?? 1,
      reason: `The import did not finish within ${timeoutMs / 1000} s. Its top-level await, or that of a file it imports, does not finish.`,
    };
  } catch (error) {
    return toProblem(file, error);
  }
}

function toProblem(file: string, error: unknown): CatalogProblem {
  // Bun throws this for several syntax errors in one file.
  if (error instanceof AggregateError && error.errors.length > 0)
    return toProblem(file, error.errors[0]);
  if (!(error instanceof Error))
    return {
      file,
      line: findLine(file, /\bthrow\b/) ?? 1,
      reason: `The file throws ${String(error)} when it is imported.`,
    };
  const { message } = error;
  if (error instanceof BuildMessage && error.position !== null)
    return { ...toPosition(error.position), reason: `${message}.` };
  // Bun gives this error no code.
  if (/^(?:EACCES|EPERM)\b/.test(message))
    return {
      file,
      reason:
        "The file cannot be read, because its permissions do not allow it.",
    };
  const frame = findFrame(dirname(file), error);
  if (frame !== undefined)
    return { ...frame, reason: `${error.name}: ${message}` };
  // For a missing package or export Bun tells only the name, not the place of the import.
  const name = /'([^']+)'/.exec(message)?.[1] ?? "import";
  const importer =
    name === file ? file : (/ imported from (.+)$/.exec(message)?.[1] ?? file);
  const said = `${message.replace(/ imported from .+$/, "").replace(/\.$/, "")}.`;
  return {
    file: importer,
    line: findLine(importer, new RegExp(RegExp.escape(name))) ?? 1,
    reason: message.startsWith("Cannot find package")
      ? `${said} Run "actiond add ${toPackage(name)}".`
      : said,
  };
}

/** `lodash/fp` is a part of the package `lodash`, and `@scope/name/part` of `@scope/name`. */
function toPackage(specifier: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
}

function toPosition({ file, line, column }: Position) {
  return { file, line, column };
}

/** Finds where the error was thrown, preferably in the actions folder, and never inside the executable. */
function findFrame(
  folder: string,
  error: Error,
): { file: string; line: number; column: number } | undefined {
  const frames = [
    ...(error.stack ?? "").matchAll(/([^\s(]+):(\d+):(\d+)\)?$/gm),
  ]
    .map(([, file = "", line, column]) => ({
      file,
      line: Number(line),
      column: Number(column),
    }))
    .filter(({ file }) => isAbsolute(file) && !file.startsWith("/$bunfs/"));
  return frames.find(({ file }) => file.startsWith(folder)) ?? frames[0];
}
