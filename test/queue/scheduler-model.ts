/** Plays steps on a scheduler, and checks after each one what it promises, counted the simple way. */
import { expect } from "bun:test";
import { action } from "../../src/action/action.ts";
import type { QueueEntry } from "../../src/queue/owner-lane.ts";
import type { Limited } from "../../src/queue/turns.ts";
import { Scheduler } from "../../src/queue/scheduler.ts";

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
  readonly entry: QueueEntry;
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

export class SchedulerModel {
  readonly #scheduler: Scheduler;
  readonly #maxRunning: number;
  readonly #concurrency: readonly number[];
  readonly #maxChildren: number;
  readonly #actions: readonly Limited[];
  readonly #runs: Run[] = [];
  /** Who waits, in the order in which they came. */
  #waiting: Run[] = [];
  /** How often each other action, or key, had its turn while this one could have had it. */
  readonly #passedBy = new Map<string, Map<string, number>>();

  /**
   * @param numbers.concurrency of each action
   * @param numbers.children how many runs there may be of the actions after the first, which are isolated
   */
  constructor(numbers: {
    running: number;
    concurrency: readonly number[];
    children: number;
  }) {
    this.#maxChildren = numbers.children;
    this.#maxRunning = numbers.running;
    this.#concurrency = numbers.concurrency;
    this.#scheduler = new Scheduler({
      running: numbers.running,
      queued: 1000,
      children: numbers.children,
    });
    this.#actions = numbers.concurrency.map((concurrency, index) =>
      limited(`model/${index}`, {
        concurrency,
        concurrencyKey: () => "",
        isolation: index === 0 ? "in-process" : "process",
      }),
    );
  }

  take(step: Step): void {
    const hopeful = this.#hopeful();
    this.#apply(step);
    const turns = this.#waiting.filter(({ entry }) => entry.isHeld);
    for (const run of turns) this.#noticeTurn(run, hopeful);
    const still = this.#hopeful();
    for (const name of hopeful)
      if (!still.has(name)) this.#passedBy.delete(name);
    // Nothing is free while somebody could use it, and nobody has more than there is.
    if (this.#count(() => true) < this.#maxRunning)
      expect([...still]).toEqual([]);
    expect(this.#count(() => true)).toBeLessThanOrEqual(this.#maxRunning);
    expect(this.#isolated).toBeLessThanOrEqual(this.#maxChildren);
    for (const run of this.#runs)
      expect(this.#runningIn(run.lane)).toBeLessThanOrEqual(
        this.#concurrency[run.action] as number,
      );
  }

  /** All leave: nothing is left. */
  end(): void {
    for (const { entry } of this.#runs) entry[Symbol.dispose]();
    expect(this.#scheduler).toMatchObject({
      runningCount: 0,
      queuedCount: 0,
    });
  }

  #apply(step: Step): void {
    if ("come" in step) {
      const index = step.come % this.#actions.length;
      const limitedAction = this.#actions[index] as Limited;
      const entry = this.#scheduler.reserve(limitedAction, step.key);
      const lane = `${index}/${step.key}`;
      const run: Run = { action: index, lane, entry, state: "rests" };
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
      run.entry.rejoin();
      this.#join(run);
      return;
    }
    if (verb === "rest") run.entry.rest();
    else run.entry[Symbol.dispose]();
    run.state = verb === "rest" ? "rests" : "over";
    this.#waiting = this.#waiting.filter((other) => other !== run);
  }

  #join(run: Run): void {
    run.state = run.entry.isHeld ? "runs" : "waits";
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
        (run.action === 0 || this.#isolated < this.#maxChildren),
    );
    return new Set(ready.flatMap((run) => [run.lane, String(run.action)]));
  }

  get #isolated(): number {
    return this.#count(({ action: index }) => index > 0);
  }

  #runningIn(lane: string): number {
    return this.#count((run) => run.lane === lane);
  }

  #count(isMeant: (run: Run) => boolean): number {
    return this.#runs.filter((run) => run.entry.isHeld && isMeant(run)).length;
  }
}
