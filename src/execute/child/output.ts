/** Turns what a child process prints into lines of a log. */
import type { LogLevel } from "../../log.ts";
import { MARK } from "./child-reports.ts";

/** The length beyond which a message is cut. */
const MAX_MESSAGE_LENGTH = 64 * 1024;
/** The length at which text without a line end is logged as a line, so that it takes no more memory. */
const MAX_LINE_LENGTH = 1024 * 1024;

/** A stream may use 1 ms of every 10 ms of the server's event loop. A process that prints faster is slowed down. */
const WINDOW_MS = 10;
const WORK_MS = 1;

type Fields = Readonly<Record<string, unknown>>;

/** A stream of a child, with the level of lines that do not have one. */
interface Output {
  readonly stream: ReadableStream<Uint8Array>;
  readonly level: LogLevel;
}

export interface Line {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Fields;
}

/**
 * Reads every line until the stream ends. Lines of the child's own log keep their level and fields; all other lines were
 * printed.
 *
 * @param on.onMark called when everything before a mark has been read
 */
export async function relayOutput(
  { stream, level }: Output,
  on: { onLine: (line: Line) => void; onMark: () => void },
): Promise<void> {
  const pace = new Pace();
  for await (const text of readLines(stream)) {
    const startedAt = performance.now();
    if (text === MARK) on.onMark();
    else {
      // The child's log has cut its lines itself.
      on.onLine(toLine(text) ?? { level, message: cut(text), fields: {} });
    }
    const restMs = pace.work(startedAt, performance.now());
    // The process has to wait as well, because its pipe fills up while nothing is read.
    if (restMs > 0) await Bun.sleep(restMs);
  }
}

class Pace {
  #windowAt = 0;
  #workedMs = 0;

  /** @returns how many milliseconds to rest after work between these two moments */
  work(startedAt: number, endedAt: number): number {
    if (startedAt - this.#windowAt > WINDOW_MS) {
      this.#windowAt = startedAt;
      this.#workedMs = 0;
    }
    this.#workedMs += endedAt - startedAt;
    if (this.#workedMs < WORK_MS) return 0;
    return Math.max(0, this.#windowAt + WINDOW_MS - endedAt);
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
    yield* lines.filter((line) => line.trim() !== "");
    if (rest.length <= MAX_LINE_LENGTH) continue;
    yield rest;
    rest = "";
  }
  if (rest.trim() !== "") yield rest;
}

function cut(message: string): string {
  if (message.length <= MAX_MESSAGE_LENGTH) return message;
  return `${message.slice(0, MAX_MESSAGE_LENGTH)}… (${message.length} characters)`;
}

const LEVELS = new Set<unknown>(["debug", "info", "warn", "error"]);

/** @returns undefined when the child's log did not write this line */
function toLine(text: string): Line | undefined {
  if (!text.startsWith('{"level":')) return undefined;
  try {
    // The server's log says the time itself.
    const { level, time: _, message, ...fields } = JSON.parse(text) as Fields;
    if (!LEVELS.has(level) || typeof message !== "string") return undefined;
    return { level: level as LogLevel, message, fields };
  } catch {
    return undefined;
  }
}
