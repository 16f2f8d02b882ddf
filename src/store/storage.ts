/** All that a server keeps, wherever that is: in a data folder of its own, or in a database that it shares. */
import type { KeyStore } from "../access/key.ts";
import type { Log } from "../log.ts";
import type { DeliveryStore } from "../run/delivery/delivery.ts";
import type { ArtifactStore } from "../run/artifacts/artifact-store.ts";
import type { EventStore } from "../run/kept-log/event-store.ts";
import type { LogStore } from "../run/kept-log/log-store.ts";
import type { RunStore } from "../run/store.ts";
import type { Fleet } from "./postgres/fleet/fleet.ts";
import type { Retention } from "./sweeping.ts";

export interface StoreSizes {
  readonly databaseBytes: number;
  /** The length of the log's file, which is not shortened when the log begins anew. */
  readonly logBytes: number;
  /** Pages of the log that are in use. */
  readonly logPages: number;
}

export interface Storage extends AsyncDisposable {
  readonly runs: RunStore;
  readonly deliveries: DeliveryStore;
  readonly logs: LogStore;
  readonly keys: KeyStore;
  readonly events: EventStore;
  /** Undefined where the files of runs are in the data folder, which nobody else reads. */
  readonly artifacts: ArtifactStore | undefined;
  /** The part of this server in a fleet; undefined for a server that has its store for itself. */
  readonly fleet: Fleet | undefined;
  /** Resolves with the reason when nothing can be recorded any more: the process has to end. */
  readonly died: Promise<string>;
  /** The exit code of a process that ends because of that. */
  readonly deathCode: number;
  readonly isClosed: boolean;
  /** Why changes cannot be recorded now; undefined when they can, as far as is known. */
  readonly trouble: string | undefined;
  /** From now on `listener` is told of each batch of changes that was answered. */
  onBatch(
    listener: (batch: { count: number; ms: number; isKept: boolean }) => void,
  ): void;
  sizes(): StoreSizes;
  /** Finds how many bytes the runs of each key take; undefined where that is not a matter of this server's disk. */
  readonly findUsage: (() => Promise<ReadonlyMap<string, number>>) | undefined;
  /** Deletes what need not be kept any more, and looks after the files, for as long as the server runs. */
  keepUp(retention: Retention, log: Log): AsyncDisposable;
}
