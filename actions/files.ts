/** An action that works on files, and reads them piece by piece, however large they are. */
import { realpath, stat } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { ActionError, action, t } from "actiond";
import { Glob } from "bun";

export const hashFolder = action({
  description: "Lists the files below a folder with their sizes and SHA-256.",
  input: t.Object({
    folder: t.String({
      description: "A folder below the one the server was started in",
      default: ".",
    }),
    pattern: t.String({
      description: "A glob pattern that selects files, such as **/*.csv",
      // No path has this character.
      pattern: "^[^\\0]*$",
      default: "**/*",
    }),
  }),
  output: t.Object({
    files: t.Array(
      t.Object({
        path: t.String(),
        bytes: t.Integer(),
        sha256: t.String(),
      }),
    ),
    bytes: t.Integer({ description: "The size of all files together" }),
  }),
  async run({ folder, pattern }, { signal, log }) {
    const root = await findFolder(folder);
    const files: { path: string; bytes: number; sha256: string }[] = [];
    for await (const name of new Glob(pattern).scan({ cwd: root })) {
      // "..", an absolute pattern or a link may lead out of the folder, so the real path is checked.
      const path = await realpath(resolve(root, name));
      if (!isWithin(root, path)) throw outside(pattern);
      files.push({ path: name, ...(await hashFile(path, signal)) });
    }
    log.info(
      `Hashed ${files.length} ${files.length === 1 ? "file" : "files"}.`,
      { folder },
    );
    return {
      files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    };
  },
});

async function hashFile(
  path: string,
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const hasher = new Bun.CryptoHasher("sha256");
  let bytes = 0;
  for await (const piece of Bun.file(path).stream()) {
    // This ends the run between two pieces when it has been cancelled.
    signal.throwIfAborted();
    hasher.update(piece);
    bytes += piece.byteLength;
  }
  return { bytes, sha256: hasher.digest("hex") };
}

/** Finds a folder below the working folder. Callers may be strangers, so the input must not name any other folder. */
async function findFolder(folder: string): Promise<string> {
  const workingFolder = await realpath(".");
  if (!isWithin(workingFolder, resolve(folder))) throw outside(folder);
  const found = await realpath(folder).catch(() => undefined);
  if (found === undefined || !(await stat(found)).isDirectory())
    throw new ActionError(`The folder "${folder}" does not exist.`, {
      code: "folder_not_found",
      status: 404,
    });
  if (!isWithin(workingFolder, found)) throw outside(folder);
  return found;
}

function isWithin(folder: string, path: string): boolean {
  const [first] = relative(folder, path).split(sep);
  return first !== "..";
}

function outside(path: string): ActionError {
  return new ActionError(
    `"${path}" is not below the folder the server was started in.`,
    { code: "path_not_allowed", status: 403 },
  );
}
