/** The writing thread: it makes the changes, one batch after the other, and sees what other processes change. */
import { Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { toWrites } from "../../large-texts.ts";
import { prepareBatches } from "./batches.ts";
import { prepareCheckpoints, prepareLogFile } from "./log-file.ts";
import type { Batch, Opening, Told, WriterAnswer } from "../messages.ts";
import type { Write } from "./changes.ts";
import { prepareWrites } from "./writes.ts";

/** How long a transaction waits for another process, such as `actiond keys`, whose own is one statement long. */
const BUSY_MS = 2000;
const BUSY_PAUSE_MS = 5;
const WATCH_MS = 200;

/** @returns what hears the event loop */
export function openForWriting(
  { file, durability }: Extract<Opening, { open: "writer" }>,
  tell: (answer: WriterAnswer) => void,
): (told: Told) => void {
  const sqlite = new Database(file, { readwrite: true, strict: true });
  sqlite.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
  sqlite.run(`PRAGMA synchronous = ${durability.toUpperCase()}`);
  sqlite.run("PRAGMA foreign_keys = ON");
  const room = prepareLogFile(sqlite, file);
  const commit = prepareBatches(
    sqlite,
    prepareWrites(sqlite, drizzle({ client: sqlite })),
  );
  const checkpoint = prepareCheckpoints(sqlite);
  const watch = watchOthers(sqlite, tell);
  return (told) => {
    if (typeof told === "object" && "close" in told) {
      clearInterval(watch);
      room[Symbol.dispose]();
      close(sqlite);
      tell("closed");
      return;
    }
    tell(commit(read(told as Batch)));
    checkpoint();
  };
}

function close(sqlite: Database): void {
  try {
    emptyLog(sqlite);
  } catch {
    // As on a full disk. What was committed stays in the log, where the next start finds it.
  }
  sqlite.close();
}

/**
 * SQLite waits for readers, but not for another connection that is copying the log:
 * https://sqlite.org/c3ref/wal_checkpoint_v2.html. Bun makes each connection do that when it is closed.
 */
function emptyLog(sqlite: Database): void {
  const empty = sqlite.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  const end = performance.now() + BUSY_MS;
  while (empty.values()[0]?.[0] !== 0 && performance.now() < end)
    Bun.sleepSync(BUSY_PAUSE_MS);
  empty.finalize();
}

function read(batch: Batch): readonly Write[] {
  return typeof batch === "string"
    ? (JSON.parse(batch) as Write[])
    : toWrites(batch);
}

/** Tells once what may have happened before it watched. */
function watchOthers(
  sqlite: Database,
  tell: (answer: WriterAnswer) => void,
): NodeJS.Timeout {
  // Changes when another connection has committed: https://sqlite.org/pragma.html#pragma_data_version
  const query = sqlite.prepare<{ data_version: number }, []>(
    "PRAGMA data_version",
  );
  let version = query.get()?.data_version;
  tell("changed");
  return setInterval(() => {
    const now = query.get()?.data_version;
    if (now === version) return;
    version = now;
    tell("changed");
  }, WATCH_MS);
}
