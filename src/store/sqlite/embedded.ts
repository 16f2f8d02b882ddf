/** What a server keeps in its data folder. */
import type { Storage } from "../storage.ts";
import { keepSweeping } from "../sweeping.ts";
import { createDeliveryStore } from "./deliveries.ts";
import { createKeyStore } from "./keys.ts";
import { createEventStore } from "./kept-log/events.ts";
import { createLogStore } from "./kept-log/logs.ts";
import { openStore } from "./open.ts";
import { createRunStore } from "./runs.ts";
import type { Durability } from "./thread/messages.ts";
import { checkIntegrity } from "./upkeep/integrity.ts";
import { measureStore } from "./upkeep/size.ts";
import { sweep } from "./upkeep/retention.ts";

/** The first requests come before the look for damage. */
const CHECK_DELAY_MS = 5000;

/**
 * @param options.thread URL of `thread/thread.ts`: only the program's first file can name it in the executable too
 * @throws {StoreError} the folder cannot be used
 */
export function openEmbedded(options: {
  readonly data: string;
  readonly durability: Durability;
  readonly thread: string;
}): Storage {
  const store = openStore(options.data, options);
  // The server asks it before it listens, and has other things to do until then.
  store.reader.open();
  return {
    runs: createRunStore(store),
    deliveries: createDeliveryStore(store),
    logs: createLogStore(store),
    keys: createKeyStore(store),
    artifacts: undefined,
    events: createEventStore(store),
    fleet: undefined,
    died: store.died,
    deathCode: 1,
    get isClosed() {
      return store.isClosed;
    },
    get trouble() {
      return store.writer.trouble;
    },
    onBatch(listener) {
      store.writer.onAnswer(listener);
    },
    sizes: () => measureStore(store),
    findUsage: async () => new Map(await store.reader.ask(["usage", null])),
    keepUp(retention, log) {
      const upkeep = new AsyncDisposableStack();
      // Beside serving: it reads the whole file.
      upkeep.use(checkIntegrity(store, log, CHECK_DELAY_MS));
      upkeep.use(keepSweeping((step) => sweep(store, step), retention, log));
      return upkeep;
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
