/** Writes the declarations and the code of the SDK to where editors, the type checker and tests find the module "actiond". */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/**
 * Writes `node_modules/actiond`, unless it is there already or somebody else has installed it.
 *
 * @param project the folder that holds `node_modules`
 * @throws {Error} the folder cannot be written
 */
export function writeSdk(project: string): void {
  const packages = join(project, "node_modules");
  const target = join(packages, "actiond");
  const source = findSource();
  if (!mayReplace(target, readFileSync(join(source, "inputs"), "utf8"))) return;
  const compressed = readFileSync(join(source, "files.json.gz"));
  const files = JSON.parse(
    Buffer.from(Bun.gunzipSync(compressed)).toString(),
  ) as Record<string, string>;
  mkdirSync(packages, { recursive: true });
  // Editors that look meanwhile see all of it or nothing.
  const made = mkdtempSync(join(packages, ".actiond-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(made, path)), { recursive: true });
      writeFileSync(join(made, path), text);
    }
    rmSync(target, { recursive: true, force: true });
    renameSync(made, target);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** Beside the program in the executable (`bun build --asset ./dist/sdk`), in `dist` in the sources. */
function findSource(): string {
  const embedded = join(import.meta.dir, "sdk");
  if (existsSync(embedded)) return embedded;
  return join(import.meta.dir, "..", "..", "dist", "sdk");
}

function mayReplace(target: string, inputs: string): boolean {
  try {
    const text = readFileSync(join(target, "package.json"), "utf8");
    const found = JSON.parse(text) as { actiond?: { inputs?: string } };
    return found.actiond !== undefined && found.actiond.inputs !== inputs;
  } catch {
    return !existsSync(join(target, "package.json"));
  }
}
