/** Shared memory in which the watchdog's thread sees whether the server's event loop turns, and which actions are running. */

import { LoopDelay } from "./loop-delay.ts";

/** The time between two beats of the event loop. */
export const BEAT_MS = 200;
/** Indexes of the cells of the shared memory, of 32 bits each. */
const BEAT = 0;
const CALLED = 1;
/** The cell that counts the actions beyond the first 4096. */
const OTHERS = 2;
const FIRST_ACTION = 3;
const MAX_ACTIONS = 4096;

/** Tells which cell counts the runs of which action. */
export interface CellName {
  readonly cell: number;
  readonly address: string;
}

/** What the memory shows at one moment. */
export interface Sight {
  /** A number that changes whenever the event loop turns. */
  readonly beat: number;
  /** Whether there was a beat, or a run is running: those that the last process left may run before the server has started. */
  readonly isStarted: boolean;
  /** The action that was called and has not returned yet, not even a promise. */
  readonly called: string | undefined;
  /** How many runs of each action are running, by address. */
  readonly runs: Readonly<Record<string, number>>;
}

/** The server's side, which costs each run a few additions in memory. */
export class Heartbeat {
  readonly memory = new SharedArrayBuffer(
    (FIRST_ACTION + MAX_ACTIONS) * Int32Array.BYTES_PER_ELEMENT,
  );
  readonly #cells = new Int32Array(this.memory);
  readonly #byAddress = new Map<string, number>();
  #tellName: (name: CellName) => void = () => {};

  /** @param tellName is called for each action before it is counted for the first time */
  onName(tellName: (name: CellName) => void): void {
    this.#tellName = tellName;
    for (const [address, cell] of this.#byAddress) tellName({ cell, address });
  }

  /** How late the event loop was, as far as its beats tell. */
  readonly delay = new LoopDelay(BEAT_MS);

  /** Shows that the event loop has turned. */
  beat(): void {
    this.delay.beat();
    Atomics.add(this.#cells, BEAT, 1);
  }

  /**
   * Shows that an action is about to be called.
   *
   * @returns the cell of the action, for `leave`
   */
  enter(address: string): number {
    const cell = this.#byAddress.get(address) ?? this.#add(address);
    Atomics.add(this.#cells, cell, 1);
    Atomics.store(this.#cells, CALLED, cell);
    return cell;
  }

  /** Shows that the action that was called last has returned, perhaps with a promise. */
  returned(): void {
    Atomics.store(this.#cells, CALLED, 0);
  }

  /** Shows that a run of the action has ended, perhaps because the call threw. */
  leave(cell: number): void {
    this.returned();
    Atomics.sub(this.#cells, cell, 1);
  }

  #add(address: string): number {
    const index = this.#byAddress.size;
    if (index === MAX_ACTIONS) return OTHERS;
    const cell = FIRST_ACTION + index;
    this.#byAddress.set(address, cell);
    this.#tellName({ cell, address });
    return cell;
  }
}

/** The watchdog thread's side. */
export class HeartbeatReader {
  readonly #cells: Int32Array;
  readonly #names = new Map([[OTHERS, "others"]]);

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory);
  }

  learn({ cell, address }: CellName): void {
    this.#names.set(cell, address);
  }

  look(): Sight {
    const runs = [...this.#names]
      .map(([cell, address]) => [address, Atomics.load(this.#cells, cell)])
      .filter(([, count]) => count !== 0);
    const beat = Atomics.load(this.#cells, BEAT);
    return {
      beat,
      isStarted: beat !== 0 || runs.length > 0,
      called: this.#names.get(Atomics.load(this.#cells, CALLED)),
      runs: Object.fromEntries(runs) as Record<string, number>,
    };
  }
}
