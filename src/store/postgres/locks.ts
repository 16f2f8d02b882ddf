/** Advisory locks: two fleets in one database never meet in one. */

/** What is done by one replica at a time. */
type Work = "migration" | "retention";

/** @returns the two keys of the lock, as SQL: the schema's, and that of the work */
export function lockOf(work: Work): string {
  return `hashtext('actiond ' || ${SCHEMA}), hashtext('${work}')`;
}

/** The name of the schema, as SQL: a client replaces the one that is quoted. */
const SCHEMA = `'"actiond"'`;

/**
 * Ends the transaction, and gives back its locks, when its client is silent for so many milliseconds: SQL of the first
 * statement. Set for the transaction alone, because behind a pooler others have the same connection.
 */
export const LET_GO = `set_config('idle_in_transaction_session_timeout', '2000', true)`;
