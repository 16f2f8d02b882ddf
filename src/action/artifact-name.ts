/** Names of artifacts: names of files that cannot leave their folder, on any system. */

const MAX_BYTES = 200;
const FORM = /^(?![. ])[\p{L}\p{N} ._()+@=-]+(?<![. ])$/u;

/** @returns a sentence that says what is wrong with a name; undefined when nothing is */
export function findNameMistake(name: unknown): string | undefined {
  if (
    typeof name === "string" &&
    FORM.test(name) &&
    Buffer.byteLength(name) <= MAX_BYTES
  )
    return undefined;
  return `An artifact needs a name such as "report.pdf", not ${JSON.stringify(name)}: letters, digits, spaces and ._()+@=-, at most ${MAX_BYTES} bytes, and neither a dot nor a space at either end.`;
}
