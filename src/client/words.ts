/** Words of addresses in the spellings of programming languages. */

/** `write-report` is `writeReport`. */
export function toCamelCase(word: string): string {
  return word.replaceAll(/-+(\w)/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
}

/** `write-report` is `WriteReport`. */
export function toPascalCase(text: string): string {
  const parts = text.split(/[^A-Za-z0-9]+/).filter((part) => part !== "");
  const name = parts
    .map((part) => `${part.charAt(0).toUpperCase()}${part.slice(1)}`)
    .join("");
  return /^\d/.test(name) ? `_${name}` : name;
}

/** `write-report` is `write_report`. */
export function toSnakeCase(word: string): string {
  const name = word.replaceAll("-", "_");
  return /^\d/.test(name) ? `_${name}` : name;
}

/** Whether the text can stand as the name of a member without quotes. */
export function isIdentifier(text: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(text);
}
