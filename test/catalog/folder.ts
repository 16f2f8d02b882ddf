/** Action files on disk, written for one test and removed after it. */
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface ActionFolder extends Disposable {
  /** Absolute, links followed. */
  readonly path: string;
  write(files: Record<string, string>): void;
}

/** @param files text by path inside the folder */
export function makeFolder(files: Record<string, string> = {}): ActionFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "actiond-actions-")));
  const folder = {
    path,
    write(texts: Record<string, string>) {
      for (const [name, text] of Object.entries(texts)) {
        mkdirSync(dirname(join(path, name)), { recursive: true });
        writeFileSync(join(path, name), text);
      }
    },
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
    },
  };
  folder.write(files);
  return folder;
}

/** The text of an action file. */
export function exportAction(
  name: string,
  definition = "run: () => null",
): string {
  return `import { action, ActionError, t } from "actiond";\nexport const ${name} = action({ ${definition} });\n`;
}
