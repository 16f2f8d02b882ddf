/** Lists of short texts. */

/** @param text words with white space between them */
export function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** @returns its characters, one by one */
export function letters(text: string): string[] {
  return Array.from(text);
}
