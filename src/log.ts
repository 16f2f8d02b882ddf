/** Writes the server's log to standard error, as JSON lines or as lines for people. Nothing else writes there. */
import { type DestinationStream, type Logger, pino } from "pino";
import { withoutHidden } from "./hidden.ts";
import { cutText, toLoggable } from "./loggable.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Messages are sentences for people. Fields are for programs, with names in snake_case; errors in them are written with their stacks and causes. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /**
   * Like the others, for lines of which there may be thousands a second: those of a few milliseconds are written
   * together, and the last of them are lost when the process is killed.
   */
  soon(
    level: LogLevel,
    message: string,
    fields: Readonly<Record<string, string | number>>,
  ): void;
  /** @returns a log that adds these fields to every line */
  child(fields: Fields): Log;
}

/** For those who follow the lines that are written. */
export interface LogTap {
  /** Says what else belongs into a line with these fields. */
  mark?: ((fields: Fields) => Fields | undefined) | undefined;
  /** Is told of each line, as far as its level is logged. */
  onLine?:
    | ((line: { level: LogLevel; message: string; fields: Fields }) => void)
    | undefined;
}

export type LogFormat = "pretty" | "json";
export type LogLevel = "debug" | "info" | "warn" | "error";

const STDERR = 2;
/** The names that every line has: a field with such a name would write it twice. */
const RESERVED = /^(?:level|time|message)$/;
const MAX_WAITING_BYTES = 16 * 1024 ** 2;
/** How long lines that need not be written at once wait for others. */
const SOON_MS = 20;
const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/**
 * Creates a log. Each line is written at once, so that it is there even when the process is killed right after. Logging
 * never throws, whatever the fields are and whatever happens to standard error. Fields with the name of a secret are
 * written as "[redacted]".
 */
export function createLog(options: {
  format: LogFormat;
  level: LogLevel;
  tap?: LogTap;
}): Log {
  const { tap = {} } = options;
  const stream = new Gathering(toStream(options.format));
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: "message",
      timestamp: pino.stdTimeFunctions.isoTime,
      // The default serializer writes into the error, which throws when it is frozen. `toWritable` has done its work.
      serializers: { err: (error: unknown) => error },
      formatters: { level: (level) => ({ level }), log: toFields },
    },
    stream,
  );
  const soon: Log["soon"] = (level, message, fields) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(options.level)) return;
    const marked = { ...tap.mark?.(fields), ...fields };
    // Put together by hand: this is most of what a line costs.
    const rest = JSON.stringify(marked).slice(1, -1);
    stream.add(
      `{"level":"${level}","time":"${stream.time}",${rest},"message":${JSON.stringify(message)}}\n`,
    );
    tap.onLine?.({ level, message, fields: marked });
  };
  return wrap(logger, { bound: {}, soon, tap });
}

/** Writes lines at once, after those that may wait for others. */
class Gathering implements DestinationStream {
  readonly #stream: DestinationStream;
  #waiting: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #now = 0;
  #time = "";

  constructor(stream: DestinationStream) {
    this.#stream = stream;
  }

  /** Now, in ISO 8601: the text is made once for all lines of a millisecond. */
  get time(): string {
    const now = Date.now();
    if (now !== this.#now) {
      this.#now = now;
      this.#time = new Date(now).toISOString();
    }
    return this.#time;
  }

  write(line: string): void {
    this.#flush();
    this.#stream.write(line);
  }

  add(line: string): void {
    this.#waiting.push(line);
    this.#timer ??= setTimeout(() => {
      this.#flush();
    }, SOON_MS);
  }

  #flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#waiting;
    this.#waiting = [];
    this.#stream.write(lines.join(""));
  }
}

function toStream(format: LogFormat): DestinationStream {
  const stderr = openStderr();
  if (format === "json") return stderr;
  // Most threads and every child write JSON.
  const { prettyFactory } =
    require("pino-pretty") as typeof import("pino-pretty");
  // The stream of pino-pretty would end for good at the first line that cannot be written.
  const toText = prettyFactory({
    // It heeds NO_COLOR and terminals without colours.
    colorize: process.stderr.isTTY && process.stderr.hasColors(),
    singleLine: true,
    messageKey: "message",
    errorLikeObjectKeys: ["error"],
    translateTime: "SYS:HH:MM:ss.l",
  });
  return {
    write(lines) {
      for (const line of lines.trimEnd().split("\n"))
        stderr.write(`${indent(toText(line).trimEnd())}\n`);
    },
  };
}

/** Only a line of ours begins at the margin: a message may have line breaks that a caller chose. */
function indent(text: string): string {
  return text.replaceAll("\r", String.raw`\r`).replaceAll("\n", "\n  ");
}

/** When standard error is a file on a full disk, lines wait until they can be written; beyond a limit they are dropped. */
function openStderr(): DestinationStream {
  const stderr = pino.destination({
    dest: STDERR,
    sync: true,
    maxLength: MAX_WAITING_BYTES,
  });
  // Without a listener the error would be thrown at the caller: https://nodejs.org/api/events.html#error-events
  stderr.on("error", () => undefined);
  // The stream writes only when it accepts a line, so once full it would stay full. `flushSync` would block until all is written.
  stderr.on("drop", () => stderr.write(""));
  return stderr;
}

/** Pino's own children would write a field twice when a line names it again. */
function wrap(
  logger: Logger,
  { bound, soon, tap }: { bound: Fields; soon: Log["soon"]; tap: LogTap },
): Log {
  const at = (level: LogLevel) => (text: string, fields?: Fields) => {
    const message = cutText(withoutHidden(text));
    const { mark, onLine } = tap;
    const marks = mark?.({ ...fields, ...bound });
    const all = marks === undefined ? bound : { ...marks, ...bound };
    logger[level]({ fields, bound: all }, message);
    if (onLine !== undefined && logger.isLevelEnabled(level))
      onLine({ level, message, fields: toFields({ fields, bound: all }) });
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    soon,
    child: (fields) =>
      wrap(logger, {
        soon,
        tap,
        bound: { ...bound, ...(toLoggable(fields) as Fields) },
      }),
  };
}

function toFields(entry: Record<string, unknown>): Record<string, unknown> {
  const { fields, bound } = entry as { fields?: Fields; bound: Fields };
  // Plain JavaScript often says `log.error("It failed.", error)`.
  const named = fields instanceof Error ? { error: fields } : (fields ?? {});
  const written = toLoggable(named);
  const own = typeof written === "object" ? written : { fields: written };
  const all = { ...bound, ...own, ...bound };
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [
      RESERVED.test(name) ? `${name}_` : name,
      value,
    ]),
  );
}
