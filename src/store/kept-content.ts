/** What is found in a store by whoever examines it, wherever it is. */
import type { Status } from "../run/run.ts";

export interface KeptContent {
  readonly runCounts: Readonly<Record<Status, number>>;
  /** When the oldest run was accepted, and the oldest without an outcome; null if there are no such runs. */
  readonly oldestAt: number | null;
  readonly oldestUnfinishedAt: number | null;
  /** Callbacks that are owed. */
  readonly pending: {
    readonly count: number;
    readonly oldestAt: number | null;
  };
  /** The receivers with most dead callbacks first. */
  readonly dead: readonly { readonly host: string; readonly count: number }[];
  /** Runs that the next sweep would delete. */
  readonly deletableCount: number;
}
