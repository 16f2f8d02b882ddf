/** The files of runs as callers see them: those on this server's disk, and those that processes share. */
import type { RunId } from "../run.ts";
import type { Artifact, ArtifactFolder } from "./artifact-folder.ts";
import type { ArtifactStore, FileContents } from "./artifact-store.ts";

export interface RunFiles {
  /** Lists what a run has left, by name. */
  list(id: RunId): Promise<Artifact[]>;
  /** @returns undefined when the run has left no such file */
  find(id: RunId, name: string): Promise<FileContents | undefined>;
}

/** @param shared has the files of runs whose code has ended; undefined where the folder has them all */
export function openFiles(
  folder: ArtifactFolder,
  shared: ArtifactStore | undefined,
): RunFiles {
  if (shared === undefined) return folder;
  return {
    async list(id) {
      // In this order, a file that is moved meanwhile is seen.
      const own = await folder.list(id);
      const all = new Map(
        [...(await shared.list(id)), ...own].map((each) => [each.name, each]),
      );
      return [...all.values()].toSorted((one, other) =>
        one.name < other.name ? -1 : 1,
      );
    },
    find: async (id, name) =>
      (await folder.find(id, name)) ?? (await shared.find(id, name)),
  };
}
