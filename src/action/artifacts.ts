/** What the code of an action writes files with that its run leaves. */

/** What a file is written from. */
export type ArtifactData =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | Response
  | ReadableStream<Uint8Array>;

/** Files that a run leaves: `GET /api/runs/{id}/artifacts` lists them, until the run is deleted. */
export interface Artifacts {
  /**
   * Writes a file, or replaces the one of this name. Resolves when it is on disk.
   *
   * @param name a file name such as "report.pdf", without a folder
   * @returns the size in bytes
   * @throws {TypeError} `name` cannot be the name of a file
   * @throws {Error} the run, or all runs together, would leave more than the server allows
   */
  write(name: string, data: ArtifactData): Promise<number>;
  /** Opens a file to write piece by piece. It is there when the stream is closed, and not at all when it is aborted. */
  stream(name: string): WritableStream<Uint8Array | string>;
}
