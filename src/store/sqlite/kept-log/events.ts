/** The SQLite side of `EventStore`. */
import type { EventStore } from "../../../run/kept-log/event-store.ts";
import { toKeptFacts } from "../../event-row.ts";
import type { Store } from "../open.ts";

/** @returns the event store of an open database */
export function createEventStore({ reader, writer }: Store): EventStore {
  return {
    keep: () => writer.write(["keepEvents"], 0),
    forget: () => writer.write(["forgetEvents"], undefined),
    async findAfter(after) {
      const found = await reader.ask(["events", after]);
      if (found === undefined) return undefined;
      return { last: found.last, writes: found.rows.map(toKeptFacts) };
    },
    onWrite: (listener) => writer.onAnswer(listener),
  };
}
