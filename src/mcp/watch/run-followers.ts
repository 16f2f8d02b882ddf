/** Calls that follow their runs: each hears what its own run logs, and how far that has come. */
import type { EventOf, RunEvents } from "../../run/events.ts";
import type { RunId } from "../../run/run.ts";

type Told = EventOf<"log" | "progress">;

/** It listens only while a call follows: what nobody hears need not be made. */
export class RunFollowers {
  readonly #events: RunEvents;
  readonly #listeners = new Map<RunId, (event: Told) => void>();
  #listening: Disposable | undefined;

  constructor(events: RunEvents) {
    this.#events = events;
  }

  /** Calls `listener` with what the run tells, until what this returns is disposed of. */
  follow(id: RunId, listener: (event: Told) => void): Disposable {
    this.#listeners.set(id, listener);
    this.#listening ??= this.#events.listen(["log", "progress"], (event) =>
      this.#listeners.get(event.run.id)?.(event),
    );
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(id);
        if (this.#listeners.size > 0) return;
        this.#listening?.[Symbol.dispose]();
        this.#listening = undefined;
      },
    };
  }
}
