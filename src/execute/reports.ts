/** What code that runs says of itself: lines of its log, what it threw, and how far it has come. */
import type { LogLine, Progress } from "../run/kept-log/line.ts";
import type { Task } from "./task.ts";

export interface Reports {
  /** It has logged or printed a line. */
  line(task: Task, line: LogLine): void;
  /** An attempt has failed with this. @param message says so in a sentence */
  thrown(task: Task, message: string, error: unknown): void;
  progress(task: Task, progress: Progress): void;
}

/** The artifacts that child processes write. */
export interface ChildArtifacts {
  /** How many bytes may still be written. */
  readonly left: number;
  /** The run has left a file of so many bytes. */
  count(task: Task, bytes: number): void;
}
