/** Sizes and counts as people read them. */

const UNITS = ["KB", "MB", "GB", "TB"];

/** In units of 1,000 bytes. */
export function toSize(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  let amount = bytes;
  let unit = -1;
  do {
    amount /= 1000;
    unit++;
  } while (amount >= 999.5 && unit < UNITS.length - 1);
  return `${amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[unit]}`;
}

export function toCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** The first characters of a UUIDv7 are its time, so the last ones tell runs apart. */
export function toShortId(id: string): string {
  return id.slice(-8);
}
