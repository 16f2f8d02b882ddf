/** Reads seconds as clients write them: `bc` prints `.5`, and Go and Python print small numbers with an exponent. */

const EXPONENT = "([eE][+-]?[0-9]+)?";
/** What `parseSeconds` reads, for the API documentation. */
export const SECONDS = `^([0-9]+([.][0-9]*)?|[.][0-9]+)${EXPONENT}$`;
/** The same without 0. */
export const SECONDS_ABOVE_0 = `^([0-9]*[1-9][0-9]*([.][0-9]*)?|[0-9]*[.][0-9]*[1-9][0-9]*)${EXPONENT}$`;

const DECIMAL = new RegExp(SECONDS);
/** Of a number that is not 0, however small it is. */
const DIGIT_ABOVE_0 = /^[0.]*[1-9]/;

/** @returns undefined for what is not a decimal number of at least 0, without a sign, an underscore or words such as Infinity */
export function parseSeconds(text: string): number | undefined {
  if (!DECIMAL.test(text)) return undefined;
  // Beyond these no number is so small or so large that it makes a difference.
  const least = DIGIT_ABOVE_0.test(text) ? Number.MIN_VALUE : 0;
  return Math.min(Math.max(Number(text), least), Number.MAX_VALUE);
}
