/** What a server keeps in a database that it shares with the other replicas of its fleet. */
import type { CatalogEntry } from "../../../catalog/catalog-entry.ts";
import type { Log } from "../../../log.ts";
import { makePrivateFolder } from "../../sqlite/folder/private.ts";
import type { Storage } from "../../storage.ts";
import { keepSweeping } from "../../sweeping.ts";
import { createArtifactStore } from "../artifacts.ts";
import { createDeliveryStore } from "../deliveries/deliveries.ts";
import { createKeyStore } from "../keys.ts";
import { createLogStore } from "../logs.ts";
import { openStore } from "../open.ts";
import { sweep } from "../upkeep/retention.ts";
import { toTarget } from "../connect/target.ts";
import { channelOf } from "./bell.ts";
import { openFleet } from "./fleet.ts";
import { SizeGauge } from "./size-gauge.ts";
import { leave } from "./lease/take-over.ts";

/** Restarted, the process goes on as another replica: https://man.freebsd.org/cgi/man.cgi?query=sysexits (EX_TEMPFAIL). */
const DEATH_CODE = 75;

interface Options {
  readonly databaseUrl: string;
  readonly databaseListenUrl: string | undefined;
  readonly databaseSchema: string;
  readonly databaseConnections: number;
  readonly leaseMs: number;
  readonly stallMs: number;
  readonly maxRunning: number;
  readonly maxQueued: number;
  readonly maxChildren: number;
  /** The folder of files that runs leave. */
  readonly data: string;
  readonly version: string;
  /** The actions that there are now. */
  readonly entries: readonly CatalogEntry[];
  /** URL of `beat-thread.ts`: only the program's first file can name it in the executable too. */
  readonly thread: string;
  readonly log: Log;
}

/** @throws {StoreError} the database cannot be used */
export async function openReplica(options: Options): Promise<Storage> {
  const { databaseSchema: schema, databaseListenUrl, log } = options;
  await using opened = new AsyncDisposableStack();
  makePrivateFolder(options.data);
  const target = toTarget(options.databaseUrl, schema);
  const listenTarget =
    databaseListenUrl === undefined
      ? undefined
      : toTarget(databaseListenUrl, schema);
  const store = await openStore(target, {
    connections: options.databaseConnections,
    version: options.version,
    actions: {},
  });
  const { me } = store;
  // After everything else: nothing of this replica may be under way when others take over what it has.
  opened.defer(() => leave(target, { me, channel: channelOf(schema) }));
  opened.use(store);
  for (const warning of store.warnings) log.warn(warning);
  const fleet = opened.use(
    openFleet(store, {
      ...options,
      listenTarget,
      max: {
        running: options.maxRunning,
        queued: options.maxQueued,
        children: options.maxChildren,
      },
    }),
  );
  fleet.follow(options.entries);
  const sizes = new SizeGauge(store.reader);
  let isClosed = false;
  const kept = opened.move();
  return {
    runs: fleet.runs,
    deliveries: createDeliveryStore(store),
    logs: createLogStore(store),
    keys: createKeyStore(store),
    events: fleet.events,
    artifacts: createArtifactStore(store),
    fleet,
    died: store.died,
    deathCode: DEATH_CODE,
    get isClosed() {
      return isClosed;
    },
    get trouble() {
      return fleet.trouble;
    },
    onBatch(listener) {
      store.writer.onAnswer(listener);
    },
    sizes: () => sizes.look(),
    // The disk is another machine's.
    findUsage: undefined,
    keepUp: (retention) =>
      keepSweeping((step) => sweep(store.control, step), retention, log),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await kept[Symbol.asyncDispose]();
    },
  };
}
