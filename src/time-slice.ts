/** Lets work that takes long be done beside everything else: a few milliseconds of it in each turn of the event loop. */

/** What all such work together may take of a turn. */
const SLICE_MS = 5;
/** What follows a step in the same turn, such as compressing what it has made, is not seen in time. */
const MAX_STEPS = 16;

/** Those whose next step waits for a turn, in the order in which they came; those before `first` have had theirs. */
let waiting: (() => void)[] = [];
let first = 0;
let startedAt = -Infinity;
let isScheduled = false;

/**
 * Work that takes long calls this between two steps, each of which takes a millisecond or two.
 *
 * @returns undefined while it may go on at once; else what resolves when other things have had their turns
 */
export function pause(): Promise<void> | undefined {
  if (!isScheduled && performance.now() - startedAt < SLICE_MS)
    return undefined;
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (isScheduled) return;
    isScheduled = true;
    schedule();
  });
}

function schedule(): void {
  setImmediate(() => void goOn());
}

/** Lets one after the other take its next step, for as long as the turn has time for them. */
async function goOn(): Promise<void> {
  startedAt = performance.now();
  for (let count = 0; first < waiting.length; count += 1) {
    if (count >= MAX_STEPS || performance.now() - startedAt >= SLICE_MS) {
      schedule();
      return;
    }
    waiting[first]?.();
    first += 1;
    // The step is taken meanwhile.
    await Promise.resolve();
  }
  waiting = [];
  first = 0;
  isScheduled = false;
}
