/** The composition root: config → open → wire → listen → drain → close. */
import { Keyring } from "./access/keyring.ts";
import { type Catalog, loadCatalog } from "./catalog/catalog.ts";
import { provideSdk } from "./catalog/sdk-module.ts";
import { AuditFile } from "./audit/audit-file.ts";
import { Deliverer } from "./callback/deliver.ts";
import { createCallbackPolicy } from "./callback/policy.ts";
import { createSign } from "./callback/signature.ts";
import { checkBinding, isLoopback } from "./access/binding.ts";
import { readConfiguredKey } from "./access/configured-key.ts";
import { readCallbackSecrets } from "./callback/secrets.ts";
import { findCertificateFiles, readCertificate } from "./listen/certificate.ts";
import type { ServeConfig } from "./cli/options/serve-options.ts";
import { version } from "./cli/version.ts";
import { createApp } from "./http/app.ts";
import { AuditTrail } from "./http/gate/audit.ts";
import { toCallbackBody } from "./http/problem.ts";
import { RequestGate } from "./http/gate/gate.ts";
import { Hosts } from "./http/gate/host.ts";
import { Origins } from "./http/gate/origin.ts";
import { watchExpiry } from "./listen/certificate-expiry.ts";
import { listen } from "./listen/listen.ts";
import { createPool, isIsolated } from "./execute/child/create-pool.ts";
import type { Log } from "./log.ts";
import { RunAcceptor } from "./run/accept.ts";
import { drain } from "./run/drain.ts";
import { createInProcessExecutor } from "./execute/in-process.ts";
import { Scheduler } from "./queue/scheduler.ts";
import { Heartbeat } from "./process/heartbeat.ts";
import { recover } from "./run/recover.ts";
import { Runner } from "./run/runner.ts";
import { KeyQuota } from "./queue/key-quota.ts";
import { Checkpoints } from "./store/sqlite/checkpoints.ts";
import { createDeliveryStore } from "./store/sqlite/deliveries.ts";
import { createKeyStore } from "./store/sqlite/keys.ts";
import { openStore } from "./store/sqlite/open.ts";
import { createRunStore } from "./store/sqlite/runs.ts";
import { keepSweeping } from "./store/sqlite/sweeping.ts";

/** A server that accepts runs. */
export interface Server {
  /** Where it listens, `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly catalog: Catalog;
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
/** The program that a child process runs. */
const MAIN = new URL("main.ts", import.meta.url).pathname;
/** In the executable the program's other files are beside this one too. */
const CHECKPOINT_THREAD = new URL(
  "store/sqlite/checkpoint-thread.ts",
  import.meta.url,
).href;

/**
 * @param heartbeat of the event loop, for whoever watches it
 * @throws {UsageError} a key or a secret cannot be read, or others could reach it without a key
 * @throws {CatalogError} the folder of actions cannot be served
 * @throws {StoreError} the data folder cannot be used
 * @throws {ListenError} the address cannot be listened on
 */
export async function serve(
  config: ServeConfig,
  log: Log,
  heartbeat: Heartbeat = new Heartbeat(),
): Promise<Server> {
  provideSdk();
  const configured = readConfiguredKey(config);
  const { actions: folder, isolation } = config;
  const catalog = await loadCatalog({ folder, isolation });
  const certificateFiles = findCertificateFiles(config);
  const certificate = certificateFiles && readCertificate(certificateFiles);
  using opened = new DisposableStack();
  const audit =
    config.auditLog === undefined
      ? undefined
      : opened.use(new AuditFile(config.auditLog, log));
  const store = opened.use(openStore(config.data, config.durability));
  const runs = createRunStore(store);
  const deliveries = createDeliveryStore(store);
  const keyring = new Keyring({
    configured,
    store: createKeyStore(store),
    now: Date.now,
  });
  checkBinding({ ...config, hasKeys: keyring.isOn });
  if (!keyring.isOn && !isLoopback(config.host))
    log.warn("There is no API key: whoever reaches this server is served.", {
      host: config.host,
    });
  const policy = createCallbackPolicy({
    allow: config.callbackAllow,
    get allowPrivate() {
      return isLoopback(config.host) && !keyring.isOn;
    },
  });
  const deliverer = new Deliverer({
    deliveries,
    runs,
    policy,
    sign: createSign(readCallbackSecrets(config)),
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
  const scheduler = new Scheduler({
    running: config.maxRunning,
    queued: config.maxQueued,
    children: config.maxChildren,
  });
  const { maxResultBytes } = config;
  const inProcess = createInProcessExecutor({ log, maxResultBytes, heartbeat });
  const pool = createPool(config, { catalog, main: MAIN, log });
  const quota = new KeyQuota(config.maxRunsPerKey);
  const runner = new Runner({
    quota,
    store: runs,
    execute: (task) =>
      isIsolated(task.entry) ? pool.execute(task) : inProcess(task),
    log,
    onOwed,
  });
  const acceptor = new RunAcceptor({
    catalog: () => catalog,
    scheduler,
    store: runs,
    runner,
    timeouts: config,
    quota,
    checkCallback: (url) => policy.checkAtAccept(url),
  });
  const gate = new RequestGate({
    maxHeaderBytes: config.maxHeaderBytes,
    maxRequests: config.maxRequests,
    countRequests: () => listener.requestCount,
    hosts: new Hosts(config.host, config.allowHosts),
    origins: new Origins(config.corsOrigins),
  });
  const app = createApp({
    gate,
    isSecure: certificate !== undefined,
    catalog,
    acceptor,
    store: runs,
    runner,
    deliveries,
    onOwed,
    keyring,
    rate:
      config.rateLimit === Infinity
        ? undefined
        : {
            perSecond: config.rateLimit,
            addressOf: (request) => listener.addressOf(request),
          },
    trail:
      audit &&
      new AuditTrail({
        audit,
        addressOf: (request) => listener.addressOf(request),
      }),
    log,
    version,
    maxWaitMs: config.maxWaitMs,
    maxInputBytes: config.maxInputBytes,
    requestTimeoutMs: config.requestTimeoutMs,
    maxInputDepth: config.maxInputDepth,
    maxInputProperties: config.maxInputProperties,
  });
  const listener = listen({
    host: config.host,
    port: config.port,
    certificate,
    maxInputBytes: config.maxInputBytes,
    fetch: async (request) => gate.leave(await app.fetch(request), request),
  });
  if (certificate) opened.use(watchExpiry(certificate, { log, now: Date.now }));
  if (catalog.list().some(isIsolated)) pool.start();
  const recovered = await recover({ store: runs, catalog, scheduler, runner });
  deliverer.start();
  audit?.record({ event: "server.start", outcome: "allowed" });
  const checkpoints = new Checkpoints(store, {
    thread: CHECKPOINT_THREAD,
    log,
  });
  await checkpoints.ready;
  const sweeping = keepSweeping(store, config, log);
  const kept = opened.move();
  return {
    url: listener.url,
    catalog,
    recovered,
    async stop() {
      using _ = kept;
      await sweeping[Symbol.asyncDispose]();
      const unrecordedCount = await drain(config.drainMs, {
        acceptor,
        scheduler,
        runner,
        store: runs,
      });
      if (unrecordedCount > 0)
        log.error(
          "The store has not taken the outcomes of some runs: the next start will interrupt them.",
          { unrecorded_count: unrecordedCount },
        );
      await pool[Symbol.asyncDispose]();
      await listener.stop(LAST_REPLIES_MS);
      await deliverer[Symbol.asyncDispose]();
      await checkpoints[Symbol.asyncDispose]();
      audit?.record({ event: "server.stop", outcome: "allowed" });
    },
  };
}
