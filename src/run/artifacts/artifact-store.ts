/** The port through which the files of runs are kept where every process that shares a store finds them. */
import type { RunId } from "../run.ts";
import type { Artifact } from "./artifact-folder.ts";

/** What is in a file. A `Blob` is one. */
export interface FileContents {
  readonly size: number;
  /** The bytes from `start` up to, but not including, `end`. */
  slice(start: number, end: number): Blob | ReadableStream<Uint8Array>;
}

export interface ArtifactStore {
  /**
   * Keeps a file of a run, in the place of an earlier one of the same name. Where another process carries the run, or has
   * carried it, nothing takes the place of what that one has kept.
   */
  put(id: RunId, artifact: Artifact, file: Blob): Promise<void>;
  /** Lists what a run has left, by name. */
  list(id: RunId): Promise<Artifact[]>;
  /** @returns undefined when the run has left no such file */
  find(id: RunId, name: string): Promise<FileContents | undefined>;
  /** @returns how many bytes the files of all runs have together */
  totalBytes(): Promise<number>;
}
