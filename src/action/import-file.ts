/** Imports one action file, and says where and why when that fails. */
import type { CatalogProblem } from "./catalog-error.ts";

/** What Bun throws for a file it cannot compile or resolve: `BuildMessage` and `ResolveMessage`. */
interface BunMessage {
  readonly message: string;
  readonly position: { line: number; column: number; file: string } | null;
}

/** @param timeoutMs how long the file may take, its top-level await included */
export async function importFile(
  file: string,
  timeoutMs: number,
): Promise<{ exports: Record<string, unknown> } | CatalogProblem> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(resolve, timeoutMs, "late");
  try {
    const exports = await Promise.race([
      import(file) as Promise<Record<string, unknown>>,
      late,
    ]);
    if (exports !== "late") return { exports };
    return {
      file,
      reason: `the import did not end within ${timeoutMs / 1000} s: is there an endless await at the top of the file?`,
    };
  } catch (error) {
    return toProblem(file, error);
  } finally {
    clearTimeout(timer);
  }
}

function toProblem(file: string, error: unknown): CatalogProblem {
  const [first] =
    error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  if (isBunMessage(first))
    return {
      file: first.position?.file ?? file,
      ...(first.position === null
        ? {}
        : { line: first.position.line, column: first.position.column }),
      reason: first.message,
    };
  if (!(first instanceof Error)) return { file, reason: String(first) };
  return {
    file,
    ...findFrame(file, first),
    reason: `${first.name}: ${first.message}`,
  };
}

/** Where in the file it was thrown. */
function findFrame(file: string, error: Error): Partial<CatalogProblem> {
  const frame = error.stack
    ?.split("\n")
    .map((line) => /([^\s(]+):(\d+):(\d+)\)?$/.exec(line))
    .find((match) => match?.[1] === file);
  if (frame === undefined || frame === null) return {};
  return { line: Number(frame[2]), column: Number(frame[3]) };
}

function isBunMessage(error: unknown): error is BunMessage {
  return typeof error === "object" && error !== null && "position" in error;
}
