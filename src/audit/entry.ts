/** Who did what: one entry of the audit log, and its line. */

/** What is worth knowing later: what changes something, and what was not allowed. */
export type AuditEvent =
  | "server.start"
  | "server.stop"
  | "run.start"
  | "run.cancel"
  | "run.delete"
  | "callback.redeliver"
  | "key.create"
  | "key.revoke"
  /** A request for anything else that was refused for who sent it. */
  | "access";

/** Only what is named here is written, so that no secret is. What is undefined is left out. */
export interface AuditEntry {
  readonly event: AuditEvent;
  readonly outcome: "allowed" | "refused";
  /** Of the key the request was sent with, or of the key that was changed. */
  readonly key_id?: string | undefined;
  /** The name of that key. */
  readonly key?: string | undefined;
  /** The number of the user who ran the command, where it was no request. */
  readonly uid?: number | undefined;
  /** Of the client, or of the proxy in front. */
  readonly address?: string | undefined;
  readonly method?: string | undefined;
  /** Without its query. */
  readonly path?: string | undefined;
  /** "{package}/{action}" */
  readonly action?: string | undefined;
  readonly run_id?: string | undefined;
  readonly request_id?: string | undefined;
  /** Why it was refused: status and code of the reply. */
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  /** What came of it, such as "not-running". */
  readonly result?: string | undefined;
}

/** Where entries go. */
export interface Audit {
  /** Never throws, and never waits. */
  record(entry: AuditEntry): void;
}

/** What the kernel writes in one piece, also into a pipe that others write to: PIPE_BUF. */
const MAX_LINE_BYTES = 4096;
/** Callers choose some of the texts. */
const TEXT_LENGTH = 255;
/** All of them fit into a line, however they are escaped. */
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
  // Most are short, and a function for each member takes as long as all the rest.
  const replacer = Object.values(entry).some(isLong) ? shorten : undefined;
  return `${JSON.stringify(line, replacer)}\n`;
}
