/** Makes a file only when something that it is made of has changed. */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * @param out the folder of what is made; `inputs` in it holds the hash it was made from
 * @param inputs paths of files
 * @param make writes the rest of the folder
 */
export async function makeWhenChanged(
  out: string,
  inputs: readonly string[],
  make: (hash: string) => Promise<void>,
): Promise<void> {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const path of inputs.toSorted())
    hasher.update(`${path}\0`).update(readFileSync(path));
  const hash = hasher.digest("hex");
  const kept = Bun.file(join(out, "inputs"));
  if ((await kept.exists()) && (await kept.text()) === hash) return;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  await make(hash);
  await Bun.write(kept, hash);
}
