/** The reading thread: it answers one question after the other, beside whatever is being written. */
import { Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { toFailure } from "../failure.ts";
import type { SentRow } from "../../hot-statement.ts";
import { transferOf } from "../../large-texts.ts";
import type { Opening, ReaderAnswer, Told } from "../messages.ts";
import type { Found, Question, QuestionName } from "./questions.ts";
import { prepareReads } from "./reads.ts";

/** @returns what hears the event loop */
export function openForReading(
  { file }: Extract<Opening, { open: "reader" }>,
  tell: (answer: ReaderAnswer, transfer?: ArrayBuffer[]) => void,
): (told: Told) => void {
  const sqlite = new Database(file, { readwrite: true, strict: true });
  sqlite.run("PRAGMA query_only = ON");
  const reads = prepareReads(sqlite, drizzle({ client: sqlite }));
  // Several statements answer one question: they see the database as of one moment.
  const begin = sqlite.prepare("BEGIN");
  const end = sqlite.prepare("ROLLBACK");
  return (told) => {
    if (typeof told === "object" && "close" in told) {
      sqlite.close();
      tell("closed");
      return;
    }
    const [name, argument] = (told as { ask: Question }).ask;
    try {
      begin.run();
      const answer = reads[name](argument as never);
      tell({ answer }, rowsOf(name, answer).flatMap(transferOf));
    } catch (error) {
      tell({ failed: toFailure(error) });
    } finally {
      if (sqlite.inTransaction) end.run();
    }
  };
}

/** @returns the rows in an answer that may have large texts */
function rowsOf(name: QuestionName, answer: unknown): readonly SentRow[] {
  if (name === "runs") return (answer as Found["runs"]).rows;
  return name === "run" && answer !== undefined ? [answer as SentRow] : [];
}
