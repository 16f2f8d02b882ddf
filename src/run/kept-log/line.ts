/** One line of a run's log, as it is kept and shown. */
import { withoutHidden } from "../../hidden.ts";
import { maskSecrets, toLoggable } from "../../loggable.ts";

export type LineLevel = "debug" | "info" | "warn" | "error";

export interface LogLine {
  readonly level: LineLevel;
  readonly message: string;
  /** What JSON can hold, without secrets; undefined when there are none. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Of the error that the line is about. */
  readonly stack?: string;
}

/** How far a run says it has come. */
export interface Progress {
  /** From 0 to 1. */
  readonly fraction: number;
  readonly message: string | null;
}

/** Characters beyond which a message or a stack is cut. */
const MAX_LENGTH = 32 * 1024;
const MAX_PROGRESS_LENGTH = 1024;
/** Characters of JSON beyond which the fields of a line are not kept. */
const MAX_FIELDS_LENGTH = 64 * 1024;

/**
 * Never throws, whatever an action logs.
 *
 * @param fields an error among them, as `error`, gives the line its stack
 */
export function toLogLine(
  level: LineLevel,
  message: unknown,
  fields?: unknown,
): LogLine {
  const text = maskSecrets(cut(toText(message)));
  if (fields === undefined) return { level, message: text };
  // Plain JavaScript often says `log.error("It failed.", error)`.
  const named = fields instanceof Error ? { error: fields } : fields;
  const { stack, rest } = takeStack(toLoggable(named));
  return {
    level,
    message: text,
    ...(rest === undefined ? {} : { fields: rest }),
    ...(stack === undefined ? {} : { stack: maskSecrets(cut(stack)) }),
  };
}

/** @throws {TypeError} `fraction` is not a number */
export function toProgress(fraction: unknown, message?: unknown): Progress {
  if (typeof fraction !== "number" || Number.isNaN(fraction))
    throw new TypeError(
      `context.progress() needs a number from 0 to 1, such as 0.4, not ${Bun.inspect(fraction)}.`,
    );
  return {
    fraction: Math.min(Math.max(fraction, 0), 1),
    message:
      message === undefined
        ? null
        : maskSecrets(cut(toText(message), MAX_PROGRESS_LENGTH)),
  };
}

function takeStack(fields: unknown): {
  stack?: string;
  rest?: Readonly<Record<string, unknown>>;
} {
  if (!isRecord(fields) || Object.keys(fields).length === 0) return {};
  const { error, ...others } = fields;
  if (!isRecord(error) || typeof error["stack"] !== "string")
    return { rest: limit(fields) };
  const { stack, ...about } = error as { stack: string };
  return { stack, rest: limit({ ...others, error: about }) };
}

function limit(
  fields: Record<string, unknown>,
): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(fields, toPlain);
  if (text.length <= MAX_FIELDS_LENGTH)
    return JSON.parse(text) as Record<string, unknown>;
  return { cut: `The fields of this line have ${text.length} characters.` };
}

/** JSON has no integers beyond all bounds. */
function toPlain(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** What is hidden is so before a part of it is cut off. */
function cut(whole: string, maxLength = MAX_LENGTH): string {
  const text = withoutHidden(whole);
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength)}… (${text.length} characters)`;
}

function toText(message: unknown): string {
  if (typeof message === "string") return message;
  try {
    return Bun.inspect(message);
  } catch {
    return "[unreadable]";
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
