/** Writes the declarations and the code of the SDK to where editors, the type checker and tests find the module "actiond". */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { findCarried } from "./carried.ts";

/**
 * Writes `node_modules/actiond`, unless it is there already or somebody else has installed it.
 *
 * @param project the folder that holds `node_modules`
 * @throws {Error} the folder cannot be written
 */
export async function writeSdk(project: string): Promise<void> {
  const packages = join(project, "node_modules");
  const target = join(packages, "actiond");
  const source = findCarried("sdk");
  if (!mayReplace(target, readFileSync(join(source, "inputs"), "utf8"))) return;
  const files = new Bun.Archive(readFileSync(join(source, "files.tar.gz")));
  mkdirSync(packages, { recursive: true });
  // Editors that look meanwhile see all of it or nothing.
  const made = mkdtempSync(join(packages, ".actiond-"));
  try {
    await files.extract(made);
    rmSync(target, { recursive: true, force: true });
    renameSync(made, target);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
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
