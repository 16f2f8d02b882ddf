/** Files and folders that only their owner may read, whatever the umask is and whatever they were before. */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeSync,
} from "node:fs";

/** What actiond puts into a data folder, and what file systems do. */
const OWN = /^(?:actiond\.|artifacts$|lost\+found$)/;
const ROOT = 0;
const WRITABLE_BY_ALL = 0o002;

/**
 * Makes the folder, or closes one that is there, unless it holds other things, which others may need. Its files are
 * closed in any case.
 *
 * @throws {Error} when it belongs to another user, or when everybody may write into it: whoever can put files there
 *   could make this process write to any file it may write to
 */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mode, uid } = statSync(folder);
  refuseOthers(uid, "the folder");
  const isOpen = (mode & 0o077) !== 0;
  const isMine = uid === process.getuid?.();
  if (isOpen && isMine && readdirSync(folder).every((name) => OWN.test(name))) {
    chmodSync(folder, 0o700);
    return;
  }
  if ((mode & WRITABLE_BY_ALL) !== 0)
    throw new Error("everybody may write into it");
}

/**
 * Makes the file, or closes one that is there.
 *
 * @param text what it holds from then on; undefined leaves it as it is
 * @throws {Error} when it is a link, or belongs to another user
 */
export function makePrivateFile(file: string, text?: string): void {
  const flags =
    constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
  const descriptor = openSync(file, flags, 0o600);
  try {
    const { uid } = fstatSync(descriptor);
    refuseOthers(uid, file);
    if (uid === process.getuid?.()) fchmodSync(descriptor, 0o600);
    if (text === undefined) return;
    ftruncateSync(descriptor);
    writeSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}

function refuseOthers(uid: number, what: string): void {
  const own = process.getuid?.() ?? uid;
  // Volumes of containers often belong to root, who may do anything anyway.
  if (uid === own || uid === ROOT) return;
  throw new Error(`${what} belongs to another user (uid ${uid})`);
}

/**
 * Makes a file for a database, before SQLite opens it: SQLite would make it for everybody to read, and gives its mode
 * to the files it puts beside it. Those that a crash has left are closed, too.
 */
export function makePrivateDatabase(file: string): void {
  makePrivateFile(file);
  for (const beside of [`${file}-wal`, `${file}-shm`, `${file}-journal`])
    if (lstatSync(beside, { throwIfNoEntry: false }) !== undefined)
      makePrivateFile(beside);
}
