/** The events that happen now, for whoever follows a run. While nobody does, nothing is listened to. */
import type { RunEvents } from "../../run/events.ts";
import type { RunId } from "../../run/run.ts";
import { SEEN, type SeenEvent } from "./event-object.ts";

type Hear = (event: SeenEvent) => void;

export class LiveEvents {
  readonly #events: RunEvents;
  readonly #byRun = new Map<RunId, Set<Hear>>();
  #listening: Disposable | undefined;

  constructor(events: RunEvents) {
    this.#events = events;
  }

  /** Calls `hear` with every event of a run, until what it returns is disposed of. */
  ofRun(id: RunId, hear: Hear): Disposable {
    const hearers = this.#byRun.get(id) ?? new Set();
    this.#byRun.set(id, hearers.add(hear));
    this.#listening ??= this.#events.listen(SEEN, (event) => {
      this.#tell(event);
    });
    return {
      [Symbol.dispose]: () => {
        hearers.delete(hear);
        if (hearers.size > 0 || this.#byRun.get(id) !== hearers) return;
        this.#byRun.delete(id);
        if (this.#byRun.size > 0) return;
        this.#listening?.[Symbol.dispose]();
        this.#listening = undefined;
      },
    };
  }

  #tell(event: SeenEvent): void {
    for (const hear of this.#byRun.get(event.run.id) ?? []) hear(event);
  }
}

/** @returns about how many bytes an event takes while it waits */
export function sizeOf(event: SeenEvent): number {
  const base = 256;
  if (event.kind !== "log") return base;
  const { message, stack = "", fields } = event.line;
  const more = fields === undefined ? 0 : base;
  return base + message.length + stack.length + more;
}
