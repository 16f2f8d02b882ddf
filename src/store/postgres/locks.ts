/** Advisory locks: two fleets in one database never meet in one. */

/** What is done by one replica at a time. */
type Work = "migration" | "retention";

/** @returns the two keys of the lock, as SQL: the schema's, and that of the work */
export function lockOf(work: Work): string {
  return `hashtext('actiond ' || ${SCHEMA}), hashtext('${work}')`;
}

/** The name of the schema, as SQL: a client replaces the one that is quoted. */
const SCHEMA = `'"actiond"'`;
