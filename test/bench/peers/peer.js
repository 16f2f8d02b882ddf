/** What every peer does: callers in a closed loop, each asking again when its job has run and that is recorded. */

const [, , secondsText = "2", callersText = "32"] = process.argv;

/**
 * Prints jobs a second and the time of one, as JSON.
 *
 * @param {() => Promise<unknown>} call resolves when one job has been accepted, has run, and has ended
 */
export async function measure(call) {
  const callers = Number(callersText);
  await Promise.all(Array.from({ length: callers }, call));
  const taken = [];
  const startedAt = performance.now();
  const end = startedAt + Number(secondsText) * 1000;
  const loop = async () => {
    while (performance.now() < end) {
      const since = performance.now();
      await call();
      taken.push(performance.now() - since);
    }
  };
  await Promise.all(Array.from({ length: callers }, loop));
  const rate = taken.length / ((performance.now() - startedAt) / 1000);
  taken.sort((a, b) => a - b);
  const at = (share) => taken[Math.floor((taken.length - 1) * share)];
  process.stdout.write(
    `FIGURES ${JSON.stringify({ rate, p50: at(0.5), p99: at(0.99) })}\n`,
  );
  process.exit(0);
}

export const input = { a: 1, b: 2 };
export const add = ({ a, b }) => a + b;
