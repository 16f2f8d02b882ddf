/** What the watchdog's thread sees of the server's own: whether its event loop turns, and which actions are in their code. */

/** Cells of the shared memory, of 32 bits each. */
const BEAT = 0;
const CALLED = 1;
/** Actions that have no cell of their own. */
const OTHERS = 2;
const FIRST_ACTION = 3;
const MAX_ACTIONS = 4096;

/** From which cell on an action is counted in which. */
export interface Name {
  readonly cell: number;
  readonly address: string;
}

/** What a look at the memory shows. */
export interface Sight {
  /** Another number each time the event loop has turned. */
  readonly beat: number;
  /** The action that is being called at this moment and has not returned yet, not even a promise. */
  readonly called: string | undefined;
  /** How many runs of each action are in their code, by address. */
  readonly runs: Readonly<Record<string, number>>;
}

/** The server's side: a few additions in memory for each run. */
export class Heartbeat {
  readonly memory = new SharedArrayBuffer(
    (FIRST_ACTION + MAX_ACTIONS) * Int32Array.BYTES_PER_ELEMENT,
  );
  readonly #cells = new Int32Array(this.memory);
  readonly #byAddress = new Map<string, number>();
  #tellName: (name: Name) => void = () => {};

  /** @param tellName called for each action before it is counted for the first time */
  onName(tellName: (name: Name) => void): void {
    this.#tellName = tellName;
    for (const [address, cell] of this.#byAddress) tellName({ cell, address });
  }

  /** The event loop has turned. */
  beat(): void {
    Atomics.add(this.#cells, BEAT, 1);
  }

  /** An action is about to be called. @returns what `leave` wants to know */
  enter(address: string): number {
    const cell = this.#byAddress.get(address) ?? this.#add(address);
    Atomics.add(this.#cells, cell, 1);
    Atomics.store(this.#cells, CALLED, cell);
    return cell;
  }

  /** The action that was called last has returned, perhaps a promise. */
  returned(): void {
    Atomics.store(this.#cells, CALLED, 0);
  }

  /** The run of an action has ended, perhaps because its call threw. */
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

/** The thread's side. */
export class HeartbeatReader {
  readonly #cells: Int32Array;
  readonly #names = new Map([[OTHERS, "others"]]);

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory);
  }

  learn({ cell, address }: Name): void {
    this.#names.set(cell, address);
  }

  look(): Sight {
    const runs = [...this.#names]
      .map(([cell, address]) => [address, Atomics.load(this.#cells, cell)])
      .filter(([, count]) => count !== 0);
    return {
      beat: Atomics.load(this.#cells, BEAT),
      called: this.#names.get(Atomics.load(this.#cells, CALLED)),
      runs: Object.fromEntries(runs) as Record<string, number>,
    };
  }
}
