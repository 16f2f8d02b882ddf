/** One entry of the audit log, which says who did what, and its line. */

import type { ServerError } from "../errors.ts";

/** The events worth knowing later: every change, and every request that was not allowed. */
export type AuditEvent =
  | "server.start"
  | "server.stop"
  | "run.start"
  | "run.cancel"
  | "run.delete"
  | "callback.redeliver"
  | "key.create"
  | "key.revoke"
  | "secrets.set"
  /** Any other request that was refused because of its sender. */
  | "access";

/** Only these members are written, so that no secret is. Undefined ones are left out. */
export interface AuditEntry {
  readonly event: AuditEvent;
  readonly outcome: "allowed" | "refused";
  /** The id of the key that the request was sent with, or of the key that was changed. */
  readonly key_id?: string | undefined;
  /** The name of that key. */
  readonly key?: string | undefined;
  /** The number of the user who ran the command, when the event was not a request. */
  readonly uid?: number | undefined;
  /** The address of the client, or of the proxy in front. */
  readonly address?: string | undefined;
  readonly method?: string | undefined;
  /** The path without its query. */
  readonly path?: string | undefined;
  /** "{package}/{action}" */
  readonly action?: string | undefined;
  readonly run_id?: string | undefined;
  readonly request_id?: string | undefined;
  /** The status of the reply, when it was a refusal. */
  readonly status?: number | undefined;
  /** The error code of the reply, when it was a refusal. */
  readonly code?: string | undefined;
  /** How many more refusals of this kind there were within the second, or of all kinds where there is no kind. */
  readonly more?: number | undefined;
  /** The result, such as "not-running". */
  readonly result?: string | undefined;
}

/** The place that entries go to. */
export interface Audit {
  /** The refusal of everything that changes something, while that could not be told; undefined while it can. */
  readonly trouble?: ServerError | undefined;
  /** Records an entry. It never throws and never waits. */
  record(entry: AuditEntry): void;
}

/** The kernel writes this much in one piece, even into a pipe that others write to: PIPE_BUF. */
const MAX_LINE_BYTES = 4096;
/** The longest text in a line: callers choose some of the texts. */
const TEXT_LENGTH = 255;
/** Texts this short fit into a line together, however they are escaped. */
const SHORT_TEXT_LENGTH = 50;

/** @returns one line of JSON, with its newline, of at most 4096 bytes */
export function toLine(entry: AuditEntry, at: Date): string {
  const line = write(entry, at, TEXT_LENGTH);
  return Buffer.byteLength(line) > MAX_LINE_BYTES
    ? write(entry, at, SHORT_TEXT_LENGTH)
    : line;
}

function write(entry: AuditEntry, at: Date, textLength: number): string {
  const isLong = (value: unknown) =>
    typeof value === "string" && value.length > textLength;
  const shorten = (_name: string, value: unknown) =>
    isLong(value) ? `${String(value).slice(0, textLength)}…` : value;
  const line = { time: at.toISOString(), ...entry };
  // Most texts are short, and a replacer takes as long as everything else together.
  const replacer = Object.values(entry).some(isLong) ? shorten : undefined;
  return `${JSON.stringify(line, replacer)}\n`;
}
