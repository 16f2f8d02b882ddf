/** The composition root: config → open → wire → listen → drain → close. */
import { loadCatalog } from "./action/catalog.ts";
import { provideSdk } from "./action/sdk-module.ts";
import { Deliverer } from "./callback/deliver.ts";
import { createCallbackPolicy } from "./callback/policy.ts";
import { createSign } from "./callback/signature.ts";
import { type ServeConfig, version } from "./config.ts";
import { createApp } from "./http/app.ts";
import { toCallbackBody } from "./http/problem.ts";
import { listen } from "./http/server.ts";
import type { Log } from "./log.ts";
import { Reception } from "./run/accept.ts";
import { drain } from "./run/drain.ts";
import { createInProcessExecutor } from "./run/execute.ts";
import { Limit } from "./run/limit.ts";
import { recover } from "./run/recover.ts";
import { Runner } from "./run/runner.ts";
import { createDeliveryStore } from "./store/deliveries.ts";
import { openStore } from "./store/open.ts";
import { createRunStore } from "./store/runs.ts";

/** A server that accepts runs. */
export interface Server {
  /** Where it listens, `http://127.0.0.1:8080`. */
  readonly url: string;
  /** What the last stop had left. */
  readonly recovered: {
    readonly interruptedCount: number;
    readonly queuedCount: number;
  };
  /** Drains: running runs may end within `drainMs`, then they are interrupted. Resolves when all is closed. */
  stop(): Promise<void>;
}

/** How long replies may take to be sent after every run has ended. */
const LAST_REPLIES_MS = 1000;
/** Addresses only this machine can reach. */
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

/**
 * @throws {CatalogError} the folder of actions cannot be served
 * @throws {StoreError} the data folder cannot be used
 * @throws {ListenError} the address cannot be listened on
 */
export async function serve(config: ServeConfig, log: Log): Promise<Server> {
  provideSdk();
  const catalog = await loadCatalog({ folder: config.actions });
  using opened = new DisposableStack();
  const store = opened.use(openStore(config.data, config.durability));
  const runs = createRunStore(store);
  const deliveries = createDeliveryStore(store);
  const policy = createCallbackPolicy({
    allow: [],
    allowPrivate: LOOPBACK.test(config.host),
  });
  const deliverer = new Deliverer({
    deliveries,
    runs,
    policy,
    sign: createSign([]),
    retryMs: config.callbackRetryMs,
    timeoutMs: config.callbackTimeoutMs,
    version,
    toBody: toCallbackBody,
    log,
    now: Date.now,
    random: Math.random,
  });
  const onOwed = (host: string) => {
    deliverer.wake(host);
  };
  const limit = new Limit({
    running: config.maxRunning,
    queued: config.maxQueued,
  });
  const runner = new Runner({
    store: runs,
    execute: createInProcessExecutor({
      log,
      maxResultBytes: config.maxResultBytes,
    }),
    log,
    onOwed,
  });
  const reception = new Reception({
    catalog: () => catalog,
    limit,
    store: runs,
    runner,
    checkCallback: (url) => policy.checkAtAccept(url),
  });
  const app = createApp({
    catalog,
    reception,
    store: runs,
    runner,
    onOwed,
    log,
    version,
    maxWaitMs: config.maxWaitMs,
    maxInputBytes: config.maxInputBytes,
  });
  const listener = listen({
    host: config.host,
    port: config.port,
    maxInputBytes: config.maxInputBytes,
    fetch: app.fetch,
  });
  const recovered = await recover({ store: runs, catalog, limit, runner });
  deliverer.start();
  const kept = opened.move();
  return {
    url: listener.url,
    recovered,
    async stop() {
      using _ = kept;
      await drain(config.drainMs, { reception, limit, runner, store: runs });
      await listener.stop(LAST_REPLIES_MS);
      await deliverer[Symbol.asyncDispose]();
    },
  };
}
