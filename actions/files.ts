/** An action that works on files: it reads them piece by piece, however large they are. */
import { realpath, stat } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { ActionError, action, t } from "actiond";
import { Glob } from "bun";

export const hashFolder = action({
  description: "Lists the files below a folder with their sizes and SHA-256.",
  input: t.Object({
    folder: t.String({
      description: "Below the folder the server was started in",
      default: ".",
    }),
    pattern: t.String({
      description: "Which files, such as **/*.csv",
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
    bytes: t.Integer({ description: "Of all files together" }),
  }),
  async run({ folder, pattern }, { signal, log }) {
    const root = await findFolder(folder);
    const files: { path: string; bytes: number; sha256: string }[] = [];
    for await (const name of new Glob(pattern).scan({ cwd: root })) {
      // Where it really is: "..", an absolute pattern or a link may lead out of the folder.
      const path = await realpath(resolve(root, name));
      if (!isWithin(root, path)) throw outside(pattern);
      files.push({ path: name, ...(await hashFile(path, signal)) });
    }
    log.info(`Hashed ${files.length} files.`, { folder });
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
    // Between two pieces is a good moment to end when the run was cancelled.
    signal.throwIfAborted();
    hasher.update(piece);
    bytes += piece.byteLength;
  }
  return { bytes, sha256: hasher.digest("hex") };
}

/** Who calls an action may not be who owns the machine: the input must not name any folder it likes. */
async function findFolder(folder: string): Promise<string> {
  const workingFolder = await realpath(".");
  if (!isWithin(workingFolder, resolve(folder))) throw outside(folder);
  const found = await realpath(folder).catch(() => undefined);
  if (found === undefined || !(await stat(found)).isDirectory())
    throw new ActionError(`There is no folder "${folder}".`, {
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
