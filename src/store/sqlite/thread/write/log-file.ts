/**
 * The write-ahead log's file. It is made long once and begun anew before it grows: an `fdatasync` over blocks that the
 * file has already takes about half as long as one that makes it longer, because the file system has nothing to record.
 */
import type { Database } from "bun:sqlite";
import { statfsSync } from "node:fs";

const MIB = 1024 ** 2;
/** How long the file is made at the start. */
const ROOM_MIB = 12;
/** Bytes that a disk must have free for that: the rest is for what is kept. */
const MIN_FREE_BYTES = 256 * MIB;
/** Pages, 8 MiB of them, from which on the log is copied into the database, after which it begins anew. */
const CHECKPOINT_PAGES = 2000;
/** To what it is cut when a long reader, such as a backup, has made it grow. */
const LIMIT_BYTES = 64 * MIB;

/** Makes room in the log, and keeps SQLite from copying it within a commit, whose callers would wait for that. */
export function prepareLogFile(sqlite: Database, file: string): void {
  sqlite.run("PRAGMA wal_autocheckpoint = 0");
  sqlite.run(`PRAGMA journal_size_limit = ${LIMIT_BYTES}`);
  const { bavail, bsize } = statfsSync(file);
  if (bavail * bsize >= MIN_FREE_BYTES) makeRoom(sqlite);
}

/** Pages that do not fit into the cache are written into the log; rolled back, they leave nothing but its length. */
function makeRoom(sqlite: Database): void {
  const [size] = sqlite.query("PRAGMA cache_size").values().flat();
  sqlite.run("PRAGMA cache_size = 10");
  sqlite.run("BEGIN IMMEDIATE");
  sqlite.run("CREATE TABLE room (space BLOB)");
  const insert = sqlite.query("INSERT INTO room VALUES (zeroblob(?))");
  for (let count = 0; count < ROOM_MIB; count += 1) insert.run(MIB);
  sqlite.run("ROLLBACK");
  sqlite.run(`PRAGMA cache_size = ${size as number}`);
}

/** @returns what copies the log into the database when it is long; called when nobody waits for a commit */
export function prepareCheckpoints(sqlite: Database): () => void {
  // Does nothing but look: https://sqlite.org/pragma.html#pragma_wal_checkpoint
  const look = sqlite.prepare("PRAGMA wal_checkpoint(NOOP)");
  const copy = sqlite.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  return () => {
    const [, all = 0] = (look.values()[0] ?? []) as number[];
    if (all >= CHECKPOINT_PAGES) copy.values();
  };
}
