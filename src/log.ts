/** Writes the server's log to standard error, as JSON lines or as lines for people. Nothing else writes there. */
import { type DestinationStream, type Logger, pino } from "pino";
import { prettyFactory } from "pino-pretty";

type Fields = Readonly<Record<string, unknown>>;

/** Messages are sentences for people. Fields are for programs, with names in snake_case; errors in them are written with their stacks and causes. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** @returns a log that adds these fields to every line */
  child(fields: Fields): Log;
}

export type LogFormat = "pretty" | "json";
export type LogLevel = "debug" | "info" | "warn" | "error";

const STDERR = 2;
/** Compared with names in lower case and without `-` and `_`, so that it matches `X-API-Key`, `set-cookie` and `accessToken` too. */
const SECRET = /(?:authorization|cookies?|apikey|password|secrets?|token)$/;
/** The names that every line has: a field with such a name would write it twice. */
const RESERVED = /^(?:level|time|message)$/;
const MAX_DEPTH = 8;
const MAX_WAITING_BYTES = 16 * 1024 ** 2;

/**
 * Creates a log. Each line is written at once, so that it is there even when the process is killed right after. Logging
 * never throws, whatever the fields are and whatever happens to standard error. Fields with the name of a secret are
 * written as "[redacted]".
 */
export function createLog(options: {
  format: LogFormat;
  level: LogLevel;
}): Log {
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
    toStream(options.format),
  );
  return wrap(logger, {});
}

function toStream(format: LogFormat): DestinationStream {
  const stderr = openStderr();
  if (format === "json") return stderr;
  // The stream of pino-pretty would end for good at the first line that cannot be written.
  const toText = prettyFactory({
    colorize: process.stderr.isTTY,
    messageKey: "message",
    errorLikeObjectKeys: ["error"],
    translateTime: "SYS:HH:MM:ss.l",
  });
  return { write: (line) => stderr.write(toText(line)) };
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
function wrap(logger: Logger, bound: Fields): Log {
  const at = (level: LogLevel) => (message: string, fields?: Fields) => {
    logger[level]({ fields, bound }, message);
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) =>
      wrap(logger, { ...bound, ...(toWritable(fields, []) as Fields) }),
  };
}

function toFields(entry: Record<string, unknown>): Record<string, unknown> {
  const { fields, bound } = entry as { fields?: Fields; bound: Fields };
  // Plain JavaScript often says `log.error("It failed.", error)`.
  const named = fields instanceof Error ? { error: fields } : (fields ?? {});
  const written = toWritable(named, []);
  const own = typeof written === "object" ? written : { fields: written };
  const all = { ...bound, ...own, ...bound };
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [
      RESERVED.test(name) ? `${name}_` : name,
      value,
    ]),
  );
}

/** @returns a copy that JSON can hold, without secrets */
function toWritable(value: unknown, holders: readonly object[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (holders.includes(value)) return "[circular]";
  if (holders.length === MAX_DEPTH) return "[too deep]";
  const inside = [...holders, value];
  try {
    if ("toJSON" in value && typeof value.toJSON === "function")
      return toWritable(value.toJSON(), inside);
    if (Array.isArray(value))
      return value.map((item) => toWritable(item, inside));
    const members = value instanceof Error ? toMembers(value) : value;
    return Object.fromEntries(
      Object.entries(members).map(([name, member]) => [
        name,
        isSecret(name) ? "[redacted]" : toWritable(member, inside),
      ]),
    );
  } catch {
    return "[unreadable]";
  }
}

/** Lists the members of an error that JSON would leave out. */
function toMembers(error: Error): Fields {
  const { name, message, stack, cause } = error;
  const errors = error instanceof AggregateError ? error.errors : undefined;
  const added = Object.fromEntries(Object.entries(error));
  return { type: name, message, stack, cause, errors, ...added };
}

function isSecret(name: string): boolean {
  return SECRET.test(name.replaceAll(/[-_]/g, "").toLowerCase());
}
