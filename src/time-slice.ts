/** Lets work that takes long be done beside everything else: a few milliseconds of it in each turn of the event loop. */

/** What all such work together may take of a turn. */
const SLICE_MS = 5;

let startedAt = -Infinity;
let turn: Promise<void> | undefined;

/**
 * Work that takes long calls this between two steps, each of which takes a millisecond or two.
 *
 * @returns undefined while it may go on at once; else what resolves when other things have had their turns
 */
export function pause(): Promise<void> | undefined {
  if (turn !== undefined) return turn;
  if (performance.now() - startedAt < SLICE_MS) return undefined;
  turn = new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined;
      startedAt = performance.now();
      resolve();
    });
  });
  return turn;
}
