/** What PostgreSQL takes for a value: what it would refuse can be in no row. */

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Whether a text can be kept: https://www.postgresql.org/docs/current/datatype-character.html */
export function isText(text: string): boolean {
  return !text.includes("\0");
}

export function toText(text: string): string {
  return text.replaceAll("\0", "\u{fffd}");
}
