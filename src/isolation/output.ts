/** What a child process prints becomes lines of the server's log, with the run they belong to. */
import type { Log, LogLevel } from "../log.ts";

/** Longer lines are cut. */
const MAX_LINE_LENGTH = 64 * 1024;

type Fields = Readonly<Record<string, unknown>>;

/** A stream of a child, with what its lines are when they do not say it themselves. */
interface Output {
  readonly stream: ReadableStream<Uint8Array>;
  readonly level: LogLevel;
}

/**
 * Logs every line until the stream ends. Lines of the child's own log keep level and fields; everything else was printed.
 *
 * @param fields what is known of a line at the moment it arrives: the run the child is busy with
 */
export async function relayOutput(
  { stream, level }: Output,
  log: Log,
  fields: () => Fields,
): Promise<void> {
  for await (const line of readLines(stream)) {
    const entry = toEntry(line);
    if (entry === undefined) log[level](line, fields());
    else log[entry.level](entry.message, { ...fields(), ...entry.fields });
  }
}

async function* readLines(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line.trim() !== "").map(cut);
    // What comes without an end is given in pieces, so that it takes no memory.
    if (rest.length <= MAX_LINE_LENGTH) continue;
    yield cut(rest);
    rest = "";
  }
  if (rest.trim() !== "") yield cut(rest);
}

function cut(line: string): string {
  if (line.length <= MAX_LINE_LENGTH) return line;
  return `${line.slice(0, MAX_LINE_LENGTH)}… (${line.length} characters)`;
}

const LEVELS: readonly unknown[] = ["debug", "info", "warn", "error"];

/** @returns undefined when the child's log did not write this line */
function toEntry(
  line: string,
): { level: LogLevel; message: string; fields: Fields } | undefined {
  if (!line.startsWith('{"level":')) return undefined;
  try {
    const { level, time, message, ...fields } = JSON.parse(line) as Fields;
    if (!LEVELS.includes(level) || typeof message !== "string")
      return undefined;
    return { level: level as LogLevel, message, fields };
  } catch {
    return undefined;
  }
}
