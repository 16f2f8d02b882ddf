/** The reading thread: it answers one question after the other, beside whatever is being written. */
import { Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { toFailure } from "../failure.ts";
import type { Opening, ReaderAnswer, Told } from "../messages.ts";
import type { Question } from "./questions.ts";
import { prepareReads } from "./reads.ts";

/** @returns what hears the event loop */
export function openForReading(
  { file }: Extract<Opening, { open: "reader" }>,
  tell: (answer: ReaderAnswer) => void,
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
      tell({ answer });
    } catch (error) {
      tell({ failed: toFailure(error) });
    } finally {
      if (sqlite.inTransaction) end.run();
    }
  };
}
