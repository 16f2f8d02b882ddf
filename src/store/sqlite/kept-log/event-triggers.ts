/**
 * The order in which facts about runs become true, kept by triggers: a row is written in the transaction that makes the
 * fact true, whichever change does so, and where nobody follows all runs there are no triggers and nothing is written.
 * The triggers outlive the process. So a server that was killed keeps the order again from its first change on.
 */
import type { Database } from "bun:sqlite";
import { FACTS } from "../../event-row.ts";
import { FIRST_FINISHED } from "../run-row.ts";

/** How many of the latest writes are remembered. */
const MAX_COUNT = 100_000;

const BEGIN = `${FACTS.started} * (NEW.started_at IS NOT NULL)
  + ${FACTS.detached} * (NEW.detached_at IS NOT NULL)
  + ${FACTS.finished} * (NEW.status >= ${FIRST_FINISHED})`;
const CHANGE = `${FACTS.started} * (OLD.started_at IS NULL AND NEW.started_at IS NOT NULL)
  + ${FACTS.detached} * (OLD.detached_at IS NULL AND NEW.detached_at IS NOT NULL)
  + ${FACTS.finished} * (OLD.status < ${FIRST_FINISHED} AND NEW.status >= ${FIRST_FINISHED})`;
/** A run that is interrupted and begins again gets another moment. */
const STARTED = "ifnull(NEW.started_at, 0)";
const RUN_OF_DELIVERY =
  "(SELECT numbered_id FROM runs WHERE runs.id = NEW.run_id)";
const OWED = record(RUN_OF_DELIVERY, FACTS.owed, "NEW.next_attempt_at");
const PROGRESS = record("NEW.run", FACTS.progress, "NEW.at");

/** What each of them does, by its name. */
const TRIGGERS: Readonly<Record<string, string>> = {
  events_run_new: `AFTER INSERT ON runs ${record("NEW.numbered_id", `${FACTS.accepted} + ${BEGIN}`, STARTED)}`,
  events_run: `AFTER UPDATE OF status, started_at, detached_at ON runs
    WHEN ${CHANGE} > 0 ${record("NEW.numbered_id", CHANGE, STARTED)}`,
  events_log: `AFTER INSERT ON log_entries ${record("NEW.run", FACTS.entries, "NEW.last_seq")}`,
  events_progress_new: `AFTER INSERT ON progress ${PROGRESS}`,
  events_progress: `AFTER UPDATE ON progress ${PROGRESS}`,
  events_owed: `AFTER INSERT ON deliveries ${OWED}`,
  // Somebody has asked for it to be sent again.
  events_owed_again: `AFTER UPDATE OF state ON deliveries
    WHEN NEW.state = 'pending' AND NEW.attempt_count = 0 ${OWED}`,
  events_attempt: `AFTER UPDATE ON delivery_attempts
    ${record(RUN_OF_DELIVERY, FACTS.attempt, "NEW.number")}`,
};

/** From now on the order is kept. @returns the number of the latest write */
export function keepOrder(sqlite: Database): number {
  const found = findTriggers(sqlite);
  if (isComplete(found)) return findLast(sqlite);
  drop(sqlite, found.keys());
  // What happens from here on is known, and nothing of what happened before.
  sqlite.run("INSERT INTO run_events (run, facts, number) VALUES (0, 0, 0)");
  const last = findLast(sqlite);
  forgetAllBut(sqlite, last);
  create(sqlite);
  return last;
}

/** The order is kept no more. */
export function forgetOrder(sqlite: Database): void {
  const found = findTriggers(sqlite);
  if (found.size === 0) return;
  drop(sqlite, found.keys());
  // The last one stays, so that no number is given twice.
  forgetAllBut(sqlite, findLast(sqlite));
}

/**
 * Changes the schema, which SQLite refuses where triggers name tables that are made anew. Nothing else may write
 * meanwhile: then the order goes on as if the triggers had been there.
 */
export function withoutTriggers(sqlite: Database, change: () => void): void {
  const found = findTriggers(sqlite);
  drop(sqlite, found.keys());
  change();
  if (found.size > 0) create(sqlite);
}

function create(sqlite: Database): void {
  for (const [name, body] of Object.entries(TRIGGERS))
    sqlite.run(toStatement(name, body));
}

function drop(sqlite: Database, names: Iterable<string>): void {
  for (const name of names) sqlite.run(`DROP TRIGGER ${name}`);
}

function forgetAllBut(sqlite: Database, seq: number): void {
  sqlite.run("DELETE FROM run_events WHERE seq <> ?", [seq]);
}

function toStatement(name: string, body: string): string {
  return `CREATE TRIGGER ${name} ${body}`;
}

/** @returns the body of a trigger that writes a row, and forgets the oldest when there are many */
function record(run: string, facts: number | string, number: string): string {
  return `BEGIN
    INSERT INTO run_events (run, facts, number) VALUES (${run}, ${facts}, ${number});
    DELETE FROM run_events WHERE seq <= last_insert_rowid() - ${MAX_COUNT};
  END`;
}

/** @returns what each of the triggers that are there does, by its name */
function findTriggers(sqlite: Database): Map<string, string> {
  const rows = sqlite
    .query(
      "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'events\\_%' ESCAPE '\\'",
    )
    .values();
  return new Map(rows as [string, string][]);
}

/** Whether they are those of this version. */
function isComplete(found: ReadonlyMap<string, string>): boolean {
  const all = Object.entries(TRIGGERS);
  return (
    found.size === all.length &&
    all.every(([name, body]) => found.get(name) === toStatement(name, body))
  );
}

function findLast(sqlite: Database): number {
  const [row] = sqlite.query("SELECT max(seq) FROM run_events").values();
  return Number(row?.[0] ?? 0);
}
