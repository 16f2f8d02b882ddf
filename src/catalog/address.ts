/** Turns the names of exports, files and folders into the words of an address. */
import slugify from "@sindresorhus/slugify";

/**
 * @returns lower-case ASCII words joined by `-`: `sleepAction` → `sleep-action`, `snake_case` → `snake-case`, `ação` → `acao`
 * @throws {TypeError} nothing of the name is left
 */
export function toAddressWord(name: string): string {
  const word = slugify(name);
  if (word !== "") return word;
  throw new TypeError(
    `"${name}" cannot be an address: it has no letter or digit that can be written in ASCII.`,
  );
}
