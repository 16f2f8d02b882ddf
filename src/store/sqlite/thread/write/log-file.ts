/**
 * The write-ahead log's file. It is made long soon after the start and begun anew before it grows: an `fdatasync` over
 * blocks that the file has already takes about half as long as one that makes it longer, because the file system has
 * nothing to record.
 */
import type { Database } from "bun:sqlite";
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  openSync,
  statfsSync,
  writeSync,
} from "node:fs";

const MIB = 1024 ** 2;
/** How long the file is made. */
const ROOM_BYTES = 12 * MIB;
/** The first requests come before that, and a server that ends before it needs no room. */
const ROOM_DELAY_MS = 1000;
/** Bytes that a disk must have free for that: the rest is for what is kept. */
const MIN_FREE_BYTES = 256 * MIB;
/** Pages, 8 MiB of them, from which on the log is copied into the database, after which it begins anew. */
const CHECKPOINT_PAGES = 2000;
/** To what it is cut when a long reader, such as a backup, has made it grow. */
const LIMIT_BYTES = 64 * MIB;

/**
 * Keeps SQLite from copying the log within a commit, whose callers would wait for that, and makes room in it soon.
 * Disposing of it ends that.
 */
export function prepareLogFile(sqlite: Database, file: string): Disposable {
  sqlite.run("PRAGMA wal_autocheckpoint = 0");
  sqlite.run(`PRAGMA journal_size_limit = ${LIMIT_BYTES}`);
  const step = () => {
    if (makeRoom(sqlite, file)) timer = setTimeout(step, 0);
  };
  let timer = setTimeout(step, ROOM_DELAY_MS);
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
    },
  };
}

/**
 * Makes the log a little longer. SQLite takes zeros for the end of the log, as it takes what an earlier round has left
 * there: https://sqlite.org/fileformat2.html#walformat
 *
 * @returns whether it should be longer still
 */
function makeRoom(sqlite: Database, file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(file);
    if (bavail * bsize < MIN_FREE_BYTES) return false;
    // Nobody writes to it meanwhile, in other processes either.
    sqlite.run("BEGIN IMMEDIATE");
  } catch {
    // Without room, commits take longer.
    return false;
  }
  try {
    return lengthen(`${file}-wal`);
  } catch {
    return false;
  } finally {
    sqlite.run("ROLLBACK");
  }
}

function lengthen(log: string): boolean {
  const descriptor = openSync(log, "r+");
  try {
    const { size } = fstatSync(descriptor);
    if (size >= ROOM_BYTES) return false;
    writeSync(descriptor, new Uint8Array(MIB), 0, MIB, size);
    fdatasyncSync(descriptor);
    return true;
  } finally {
    closeSync(descriptor);
  }
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
