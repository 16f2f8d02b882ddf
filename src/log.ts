/** The server's log: JSON lines or lines for people, on standard error. The only writer there. */
import { type DestinationStream, type Logger, pino } from "pino";
import pretty from "pino-pretty";

type Fields = Readonly<Record<string, unknown>>;

/** Messages are sentences; fields are for programs. A field named `error` is written with its stack and causes. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A log whose every line carries these fields. */
  child(fields: Fields): Log;
}

export type LogFormat = "pretty" | "json";
export type LogLevel = "debug" | "info" | "warn" | "error";

const STDERR = 2;
const SECRETS = [
  "authorization",
  "cookie",
  "password",
  "secret",
  "token",
  "apiKey",
  '["x-api-key"]',
];

/** @returns a log that writes at once: what was logged is there also when the process is killed right after */
export function createLog(options: {
  format: LogFormat;
  level: LogLevel;
}): Log {
  return wrap(
    pino(
      {
        level: options.level,
        base: null,
        messageKey: "message",
        errorKey: "error",
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (level) => ({ level }) },
        redact: {
          paths: SECRETS.flatMap((name) =>
            name.startsWith("[")
              ? [name, `*${name}`, `*.*${name}`]
              : [name, `*.${name}`, `*.*.${name}`],
          ),
          censor: "[redacted]",
        },
      },
      toStream(options.format),
    ),
  );
}

function toStream(format: LogFormat): DestinationStream {
  if (format === "json") return pino.destination({ dest: STDERR, sync: true });
  return pretty({
    destination: STDERR,
    sync: true,
    colorize: process.stderr.isTTY,
    messageKey: "message",
    errorLikeObjectKeys: ["error"],
    translateTime: "SYS:HH:MM:ss.l",
  });
}

function wrap(logger: Logger): Log {
  return {
    debug: (message, fields) => {
      logger.debug(fields, message);
    },
    info: (message, fields) => {
      logger.info(fields, message);
    },
    warn: (message, fields) => {
      logger.warn(fields, message);
    },
    error: (message, fields) => {
      logger.error(fields, message);
    },
    child: (fields) => wrap(logger.child(fields)),
  };
}
