/** Code that goes on after its run has its outcome: it keeps its slot, is listed, and is named in the log. */
import type { Log } from "../../log.ts";
import type { ActiveRun } from "./active-run.ts";

/** How long code may go on after its signal aborted before the log names it. */
const HEED_MS = 2000;

/** The runs whose outcome is recorded and whose code has not ended. */
export class LingeringRuns implements Iterable<ActiveRun> {
  readonly #runs = new Map<ActiveRun, number>();
  readonly #log: Log;
  readonly #heedMs: number;

  constructor(log: Log, heedMs = HEED_MS) {
    this.#log = log;
    this.#heedMs = heedMs;
  }

  [Symbol.iterator](): Iterator<ActiveRun> {
    return this.#runs.keys();
  }

  /** Each of them, with when it had its outcome, in milliseconds since 1970 UTC. */
  get since(): Iterable<readonly [run: ActiveRun, since: number]> {
    return this.#runs;
  }

  /**
   * Lists a run until its code has ended. When that takes long, the log says so once, and once more at the end.
   *
   * @param ended resolves when the code has ended
   */
  async follow(run: ActiveRun, ended: Promise<unknown>): Promise<void> {
    const { address, isolation } = run.entry;
    const fields = { run_id: run.id, action_id: address };
    const since = performance.now();
    let isNamed = false;
    const timer = setTimeout(() => {
      // It will be killed, and the log will say so.
      if (isolation === "process") return;
      isNamed = true;
      this.#log.warn(
        `${address} goes on ${this.#heedMs / 1000} s after its run has ended: it ignores its signal and keeps its slot. With isolation: "process" it would be stopped.`,
        fields,
      );
    }, this.#heedMs);
    // The server may end before the code does.
    timer.unref();
    this.#runs.set(run, Date.now());
    await ended;
    this.#runs.delete(run);
    clearTimeout(timer);
    if (!isNamed) return;
    const lingeredMs = Math.round(performance.now() - since);
    this.#log.info(
      `${address} has ended, ${lingeredMs / 1000} s after its run.`,
      { ...fields, lingered_ms: lingeredMs },
    );
  }
}
