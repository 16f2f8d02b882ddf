/** The port through which logs of runs are kept. Every member is asynchronous, as in `RunStore`. */
import type { RunId } from "../run.ts";
import type { Progress } from "./line.ts";

/** Entries of one run that are added together: JSON objects, one a line, without their numbers. */
export interface NewEntries {
  readonly text: string;
  readonly count: number;
  readonly bytes: number;
}

/** Entries of one run that were added together; the first line of `text` has the number `firstSeq`. */
export interface KeptEntries {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly text: string;
}

export interface KeptProgress extends Progress {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
}

/** How logs are read. */
export interface LogReader {
  findProgress(id: RunId): Promise<KeptProgress | undefined>;
  /** Finds the entries that were added together and of which the last comes after `seq`: the earliest ones. */
  findAfter(id: RunId, seq: number): Promise<KeptEntries | undefined>;
}

export interface LogStore extends LogReader {
  /** @returns the number of the last entry, and the bytes of all there are; undefined when there is no such run */
  append(
    id: RunId,
    entries: NewEntries,
  ): Promise<{ lastSeq: number; bytes: number } | undefined>;
  /** Keeps only the latest. */
  setProgress(id: RunId, progress: KeptProgress): Promise<void>;
}
