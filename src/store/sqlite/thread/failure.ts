/** Why SQLite did not do what it was asked. */

/** As it travels: the class of an error does not. */
export interface Failure {
  readonly reason: string;
  /** Whether the request itself is wrong and would fail again. Else the disk is, or whoever holds the database. */
  readonly isMistake: boolean;
}

const MISTAKE = /^SQLITE_(?:CONSTRAINT|ERROR|MISMATCH|RANGE|TOOBIG)/;

export function toFailure(error: unknown): Failure {
  const { code } = error as { code?: unknown };
  return {
    reason: error instanceof Error ? error.message : String(error),
    isMistake: typeof code !== "string" || MISTAKE.test(code),
  };
}
