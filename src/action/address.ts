/** Turns names of files and exports into words of an address. */
import slugify from "@sindresorhus/slugify";

/**
 * camelCase, snake_case and letters beyond ASCII become lower-case ASCII words joined by `-`: `sleepAction` is
 * `sleep-action`, `ação` is `acao`.
 *
 * @throws {RangeError} when nothing is left of the name
 */
export function toAddressWord(name: string): string {
  const word = slugify(name);
  if (word === "")
    throw new RangeError(
      `The name ${JSON.stringify(name)} has no letter or digit an address could be made of.`,
    );
  return word;
}
