/** Reads seconds as clients write them: `bc` prints `.5`, and Go and Python print small numbers with an exponent. */

const DECIMAL = /^(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** @returns undefined for what is not a decimal number of at least 0, without a sign, an underscore or words such as Infinity */
export function parseSeconds(text: string): number | undefined {
  return DECIMAL.test(text) ? Number(text) : undefined;
}
