/** The place of one run in the fleet, while this replica carries it or one of its callers waits here. */
import type { Place, Turn } from "../../../queue/turns.ts";
import type { RunId } from "../../../run/run.ts";

/** The methods of `SharedTurns` that a place calls. */
interface Owner {
  rest(place: SharedPlace): void;
  rejoin(): void;
  leave(place: SharedPlace): void;
}

export class SharedPlace implements Place {
  readonly isShared = true;
  readonly id: RunId;
  /** Of its action. */
  readonly address: string;
  readonly lane: string | null;
  /** The id of the API key whose run it is. */
  readonly owner: string;
  /** Whether it needs a child process besides a slot. */
  readonly isIsolated: boolean;
  turn: Promise<Turn> | undefined;
  attempt: number | undefined;
  /** When it got its slot here, on the clock of `performance.now()`; undefined while it has none. */
  heldSince: number | undefined;
  /** Whether the store knows the run as carried here, so that it has to be told when its code has ended. */
  mustRelease = false;
  /** Whether its outcome is being recorded, and its code has ended. */
  isEnding = false;
  /** How long it may be queued. */
  clock: Disposable | undefined;
  /** Whether an outcome was recorded by whoever carries it. */
  hasOutcome = false;
  /** Since when the store knows the run as nobody's, on the clock of `performance.now()`. */
  queuedSince = Infinity;
  readonly #owner: Owner;
  #give: ((turn: Turn) => void) | undefined;
  #isOver = false;

  constructor(
    run: Pick<SharedPlace, "id" | "address" | "lane" | "owner" | "isIsolated">,
    owner: Owner,
  ) {
    this.id = run.id;
    this.address = run.address;
    this.lane = run.lane;
    this.owner = run.owner;
    this.isIsolated = run.isIsolated;
    this.#owner = owner;
  }

  get isHeld(): boolean {
    return this.heldSince !== undefined;
  }

  awaitTurn(): void {
    const { promise, resolve } = Promise.withResolvers<Turn>();
    this.turn = promise;
    this.#give = resolve;
  }

  giveTurn(turn: Turn): void {
    this.#give?.(turn);
  }

  rest(): void {
    this.#owner.rest(this);
  }

  rejoin(): void {
    this.#owner.rejoin();
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.leave(this);
  }
}
