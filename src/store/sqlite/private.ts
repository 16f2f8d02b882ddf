/** Files and folders that only their owner may read, whatever the umask is and whatever they were before. */
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
} from "node:fs";

/** What actiond puts into a data folder, and what file systems do. */
const OWN = /^(?:actiond\.|lost\+found$)/;

/**
 * Makes the folder, or closes one that is there: unless it holds other things, which others may need, or belongs to
 * somebody else. Its files are closed in any case.
 */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mode, uid } = statSync(folder);
  const isOpen = (mode & 0o077) !== 0;
  if (!isOpen || uid !== process.getuid?.()) return;
  if (readdirSync(folder).every((name) => OWN.test(name)))
    chmodSync(folder, 0o700);
}

/** Makes the file, or closes one that is there. */
export function makePrivateFile(file: string): void {
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
}

/**
 * Makes a file for a database, before SQLite opens it: SQLite would make it for everybody to read, and gives its mode
 * to the files it puts beside it. Those that a crash has left are closed, too.
 */
export function makePrivateDatabase(file: string): void {
  makePrivateFile(file);
  for (const beside of [`${file}-wal`, `${file}-shm`, `${file}-journal`])
    if (existsSync(beside)) chmodSync(beside, 0o600);
}
