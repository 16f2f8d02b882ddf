/** How long something takes, whatever else the machine does meanwhile: for comparing, not for absolute limits. */

const TIMES = 50;

/** @returns milliseconds of the quickest of many times */
export async function leastTime(work: () => unknown): Promise<number> {
  let least = Infinity;
  for (let time = 0; time < TIMES; time += 1) {
    const since = performance.now();
    await work();
    least = Math.min(least, performance.now() - since);
  }
  return least;
}
