/** Imports one action file, and says where and why when that fails. */
import { dirname, isAbsolute } from "node:path";
import pTimeout from "p-timeout";
import type { CatalogProblem } from "./catalog-error.ts";
import { findLine } from "./source-position.ts";

/** @param timeoutMs how long the file may take, its top-level await included */
export async function importFile(
  file: string,
  timeoutMs: number,
): Promise<{ exports: Record<string, unknown> } | CatalogProblem> {
  try {
    const exports = await pTimeout(
      import(file) as Promise<Record<string, unknown>>,
      { milliseconds: timeoutMs, fallback: () => "late" as const },
    );
    if (exports !== "late") return { exports };
    return {
      file,
      line: findLine(file, /^(?!\s|\/|\*).*\bawait\b/) ?? 1,
      reason: `The import did not end within ${timeoutMs / 1000} s: something is awaited at the top of the file, or of one it imports, that does not come.`,
    };
  } catch (error) {
    return toProblem(file, error);
  }
}

function toProblem(file: string, error: unknown): CatalogProblem {
  // Several syntax errors in one file.
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
  const frame = findFrame(dirname(file), error);
  if (frame !== undefined)
    return { ...frame, reason: `${error.name}: ${message}` };
  // Bun tells no place for a package that is missing nor for a name that an import does not find, only their names.
  const name = /'([^']+)'/.exec(message)?.[1] ?? "import";
  const importer =
    name === file ? file : (/ imported from (.+)$/.exec(message)?.[1] ?? file);
  return {
    file: importer,
    line: findLine(importer, new RegExp(RegExp.escape(name))) ?? 1,
    reason: `${message.replace(/ imported from .+$/, "").replace(/\.$/, "")}.`,
  };
}

function toPosition({ file, line, column }: Position) {
  return { file, line, column };
}

/** Where it was thrown: in the folder of actions, if that is on the way, and never inside the executable. */
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
