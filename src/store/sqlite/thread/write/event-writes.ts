/** The changes that turn the order of events on and off. */
import type { Database } from "bun:sqlite";
import { forgetOrder, keepOrder } from "../../kept-log/event-triggers.ts";
import type { Changes } from "./changes.ts";

export function prepareEventWrites(
  sqlite: Database,
): Pick<Changes, "keepEvents" | "forgetEvents"> {
  return {
    keepEvents: () => keepOrder(sqlite),
    forgetEvents() {
      forgetOrder(sqlite);
    },
  };
}
