/** Turns the name of an export, file or folder into a word of an address. */
import slugify from "@sindresorhus/slugify";

/**
 * @returns lower-case ASCII words joined by `-`: `sleepAction` → `sleep-action`, `snake_case` → `snake-case`, `ação` → `acao`
 * @throws {TypeError} the name has no letter or digit that ASCII can represent
 */
export function toAddressWord(name: string): string {
  const word = slugify(name);
  if (word !== "") return word;
  throw new TypeError(
    `"${name}" cannot be part of an address, because it has no letter or digit that ASCII can represent.`,
  );
}
