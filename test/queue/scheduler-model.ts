/** Plays steps on a limit, and checks after each what it promises, counted the simple way. */
import { expect } from "bun:test";
import { action } from "../../src/action/action.ts";
import type { Limited } from "../../src/queue/lane.ts";
import { Scheduler } from "../../src/queue/scheduler.ts";
import type { QueueEntry } from "../../src/queue/queue-entry.ts";

/** A run comes, to an action under a key; or something becomes of one of those to which it can happen. */
export type Step =
  | { readonly come: number; readonly key: string }
  | { readonly end: number }
  | { readonly giveUp: number }
  | { readonly rest: number }
  | { readonly rejoin: number };

interface Run {
  readonly action: number;
  readonly lane: string;
  readonly place: QueueEntry;
  state: "waits" | "runs" | "rests" | "over";
}

export function limited(
  address: string,
  definition: Omit<Parameters<typeof action>[0], "run"> = {},
): Limited {
  return {
    address,
    action: action({ ...definition, run: () => null }),
    isolation: definition.isolation ?? "in-process",
  };
}

export class LimitModel {
  readonly #scheduler: Scheduler;
  readonly #maxRunning: number;
  readonly #concurrency: readonly number[];
  readonly #share: number;
  readonly #actions: readonly Limited[];
  readonly #runs: Run[] = [];
  /** Who waits, in the order in which they came. */
  #waiting: Run[] = [];
  /** How often each other action, or key, had its turn while this one could have had it. */
  readonly #passedBy = new Map<string, Map<string, number>>();

  /**
   * @param numbers.concurrency of each action
   * @param numbers.share how many runs there may be of the actions after the first
   */
  constructor(numbers: {
    running: number;
    concurrency: readonly number[];
    share: number;
  }) {
    this.#share = numbers.share;
    this.#maxRunning = numbers.running;
    this.#concurrency = numbers.concurrency;
    this.#scheduler = new Scheduler({
      running: numbers.running,
      queued: 1000,
      shares: [
        { max: numbers.share, includes: ({ address }) => address > "model/0" },
      ],
    });
    this.#actions = numbers.concurrency.map((concurrency, index) =>
      limited(`model/${index}`, { concurrency, concurrencyKey: () => "" }),
    );
  }

  take(step: Step): void {
    const hopeful = this.#hopeful();
    this.#apply(step);
    const turns = this.#waiting.filter(({ place }) => place.isHeld);
    for (const run of turns) this.#noticeTurn(run, hopeful);
    const still = this.#hopeful();
    for (const name of hopeful)
      if (!still.has(name)) this.#passedBy.delete(name);
    // Nothing is free while somebody could use it, and nobody has more than there is.
    if (this.#count(() => true) < this.#maxRunning)
      expect([...still]).toEqual([]);
    expect(this.#count(() => true)).toBeLessThanOrEqual(this.#maxRunning);
    expect(this.#sharing).toBeLessThanOrEqual(this.#share);
    for (const run of this.#runs)
      expect(this.#runningIn(run.lane)).toBeLessThanOrEqual(
        this.#concurrency[run.action] as number,
      );
  }

  /** All leave: nothing is left. */
  end(): void {
    for (const { place } of this.#runs) place[Symbol.dispose]();
    expect(this.#scheduler).toMatchObject({
      runningCount: 0,
      queuedCount: 0,
      keyCount: 0,
    });
  }

  #apply(step: Step): void {
    if ("come" in step) {
      const index = step.come % this.#actions.length;
      const entry = this.#actions[index] as Limited;
      const place = this.#scheduler.reserve(entry, step.key);
      const lane = `${index}/${step.key}`;
      const run: Run = { action: index, lane, place, state: "rests" };
      this.#runs.push(run);
      this.#join(run);
      return;
    }
    const [[verb, number]] = Object.entries(step) as [[string, number]];
    const state = { rejoin: "rests", giveUp: "waits" }[verb] ?? "runs";
    const runs = this.#runs.filter((run) => run.state === state);
    const run = runs[number % runs.length];
    if (run === undefined) return;
    if (verb === "rejoin") {
      run.place.rejoin();
      this.#join(run);
      return;
    }
    if (verb === "rest") run.place.rest();
    else run.place[Symbol.dispose]();
    run.state = verb === "rest" ? "rests" : "over";
    this.#waiting = this.#waiting.filter((other) => other !== run);
  }

  #join(run: Run): void {
    run.state = run.place.isHeld ? "runs" : "waits";
    if (run.state === "waits") this.#waiting.push(run);
  }

  /** First come, first served inside a key; nobody who could have a turn is passed by twice by the same. */
  #noticeTurn(run: Run, hopeful: ReadonlySet<string>): void {
    expect(this.#waiting.find(({ lane }) => lane === run.lane)).toBe(run);
    this.#waiting = this.#waiting.filter((other) => other !== run);
    run.state = "runs";
    for (const [name, isRival] of [
      [run.lane, (other: string) => other.startsWith(`${run.action}/`)],
      [String(run.action), (other: string) => !other.includes("/")],
    ] as const) {
      this.#passedBy.delete(name);
      for (const other of hopeful) {
        if (other === name || !isRival(other)) continue;
        const passes = this.#passedBy.get(other) ?? new Map<string, number>();
        passes.set(name, (passes.get(name) ?? 0) + 1);
        this.#passedBy.set(other, passes);
        expect(passes.get(name)).toBe(1);
      }
    }
  }

  /** The lanes and actions that could use a slot of the server. */
  #hopeful(): Set<string> {
    const ready = this.#waiting.filter(
      (run) =>
        this.#runningIn(run.lane) < (this.#concurrency[run.action] as number) &&
        (run.action === 0 || this.#sharing < this.#share),
    );
    return new Set(ready.flatMap((run) => [run.lane, String(run.action)]));
  }

  get #sharing(): number {
    return this.#count(({ action: index }) => index > 0);
  }

  #runningIn(lane: string): number {
    return this.#count((run) => run.lane === lane);
  }

  #count(isMeant: (run: Run) => boolean): number {
    return this.#runs.filter((run) => run.place.isHeld && isMeant(run)).length;
  }
}
