/** Turns the refusal of a command line or a variable into one line without secrets. */

/**
 * Leaves out what may be a secret in the wrong place: the value of an option that does not exist
 * (`--callback-secrt=…`), and arguments beside the options (`--callback-secret one two`).
 *
 * @param message of commander
 */
export function toLine(message: string): string {
  return message
    .replace(/^error: /, "")
    .replace(
      /^(unknown option '[^'=]*)=[^]*?'(\n\(Did you mean [^\n]*\))?$/,
      "$1'$2",
    )
    .replace(/(Expected \d+ arguments? but got \d+): [^]*$/, "$1.")
    .replace(
      /^command-argument value '([^]*?)' is invalid for argument '(.+?)'\./,
      '"$1" is not valid as <$2>.',
    )
    .replaceAll(/(postgres(?:ql)?:\/\/[^\s:@/]*):[^\s@]*@/g, "$1:…@")
    .replaceAll(/whsec_[^\s'",]*/g, "whsec_…")
    .replaceAll(/\s+/g, " ");
}
