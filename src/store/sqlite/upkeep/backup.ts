/** Copies a data folder, also while a server uses it: the database, and the artifacts of the runs in it. */
import { Database } from "bun:sqlite";
import { constants, existsSync, rmSync, statSync } from "node:fs";
import { copyFile, rename } from "node:fs/promises";
import { join } from "node:path";
import {
  ArtifactFolder,
  ARTIFACTS,
} from "../../../run/artifacts/artifact-folder.ts";
import type { RunId } from "../../../run/run.ts";
import { StoreError } from "../../store-error.ts";
import { makePrivateFile, makePrivateFolder } from "../folder/private.ts";

const DATABASE = "actiond.db";

export interface Copied {
  readonly databaseBytes: number;
  readonly artifactCount: number;
  readonly artifactBytes: number;
}

/**
 * Writes a folder that is a data folder itself. Its database is as of one moment, and each of its runs has the artifacts
 * that it had then: a run that is deleted while its artifacts are copied is in neither.
 *
 * @param folder must not exist; it appears when it is complete
 * @throws {StoreError} there is no database to copy, or the copy cannot be written
 */
export async function backup({
  data,
  folder,
}: {
  data: string;
  folder: string;
}): Promise<Copied> {
  if (!existsSync(join(data, DATABASE)))
    throw new StoreError(
      `There is no database in ${data}. Name the data folder with --data.`,
    );
  const part = `${folder}.part`;
  for (const path of [folder, part])
    if (existsSync(path))
      throw new StoreError(`${path} exists already and is left as it is.`);
  try {
    makePrivateFolder(part);
    const artifacts = await copyAll(data, part);
    const databaseBytes = statSync(join(part, DATABASE)).size;
    await rename(part, folder);
    return { databaseBytes, ...artifacts };
  } catch (error) {
    if (existsSync(part)) rmSync(part, { recursive: true });
    throw new StoreError(
      `The copy ${folder} cannot be written: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}

async function copyAll(from: string, to: string) {
  using database = new Database(join(from, DATABASE), { readwrite: true });
  using copy = copyDatabase(database, join(to, DATABASE));
  return await copyArtifacts(
    { folder: from, database },
    { folder: to, database: copy },
  );
}

/** As of one moment: https://sqlite.org/lang_vacuum.html#vacuuminto */
function copyDatabase(source: Database, file: string): Database {
  // SQLite takes an empty file for none, and would make one for everybody to read.
  makePrivateFile(file);
  source.query("VACUUM INTO ?").run(file);
  const copy = new Database(file, { readwrite: true });
  copy.run("PRAGMA foreign_keys = ON");
  return copy;
}

interface Side {
  readonly folder: string;
  readonly database: Database;
}

async function copyArtifacts(
  from: Side,
  to: Side,
): Promise<Pick<Copied, "artifactCount" | "artifactBytes">> {
  const isKept = from.database.prepare("SELECT 1 FROM runs WHERE id = ?");
  const drop = to.database.prepare("DELETE FROM runs WHERE id = ?");
  const withArtifacts = to.database
    .query<{ id: RunId }, []>("SELECT id FROM runs WHERE has_artifacts")
    .all();
  let artifactCount = 0;
  let artifactBytes = 0;
  for (const { id } of withArtifacts) {
    const copied = await copyFiles(id, from.folder, to.folder);
    // The files of a run are deleted after the run: as long as it is there, so were they.
    if (isKept.get(id) === null) {
      drop.run(id);
      await new ArtifactFolder(to.folder).delete(id);
      continue;
    }
    artifactCount += copied.length;
    artifactBytes += copied.reduce((sum, bytes) => sum + bytes, 0);
  }
  return { artifactCount, artifactBytes };
}

/** @returns the bytes of each file that was copied */
async function copyFiles(id: RunId, from: string, to: string) {
  const path = (data: string, ...names: string[]) =>
    join(data, ARTIFACTS, id, ...names);
  const copied: number[] = [];
  for (const { name, bytes } of await new ArtifactFolder(from).list(id)) {
    makePrivateFolder(path(to));
    try {
      await copyFile(
        path(from, name),
        path(to, name),
        constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE,
      );
      copied.push(bytes);
    } catch (error) {
      // It is being deleted, with its run.
      if ((error as { code?: unknown }).code !== "ENOENT") throw error;
    }
  }
  return copied;
}
