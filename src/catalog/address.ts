/** Turns the name of an export, file or folder into a word of an address. */
import type slugify from "@sindresorhus/slugify";

/** Names of ASCII words in `camelCase`, `snake_case` or `kebab-case`, as most are. */
const PLAIN = /^(?:[a-z\d]+(?:[A-Z][a-z\d]+)*|[a-z\d]+(?:[-_][a-z\d]+)*)$/;

/**
 * @returns lower-case ASCII words joined by `-`: `sleepAction` → `sleep-action`, `snake_case` → `snake-case`, `ação` → `acao`
 * @throws {TypeError} the name has no letter or digit that ASCII can represent
 */
export function toAddressWord(name: string): string {
  if (PLAIN.test(name))
    return name.replaceAll(/[A-Z]/g, "-$&").replaceAll("_", "-").toLowerCase();
  const word = toSlug(name);
  if (word !== "") return word;
  throw new TypeError(
    `"${name}" cannot be part of an address, because it has no letter or digit that ASCII can represent.`,
  );
}

/** Its table of all alphabets takes longer to load than a folder of actions. */
function toSlug(name: string): string {
  const loaded = require("@sindresorhus/slugify") as {
    default: typeof slugify;
  };
  return loaded.default(name);
}
