/** The place of a run: its slot, its turn in the queue for one, or its rest between two attempts. */
/** Disposing of it gives it back, whatever it is. */
export interface QueueEntry extends Disposable {
  /** Undefined when the slot is there at once, else resolves when it is. */
  readonly turn: Promise<void> | undefined;
  /** Whether it has its slot now. */
  readonly isHeld: boolean;
  /** Gives the slot back for a while. The run goes on counting as queued. */
  rest(): void;
  /** Queues behind all that wait: `turn` is a new one. */
  rejoin(): void;
}
