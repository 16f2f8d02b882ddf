/** The composition root: config → open → wire → listen → drain → close. */
import { ANYONE } from "./access/caller.ts";
import page from "./console/page.html";
import { ConsolePage } from "./http/console/console.ts";
import { Keyring } from "./access/keyring.ts";
import type { CatalogEntry } from "./catalog/catalog-entry.ts";
import {
  type Catalog,
  type LoadedCatalog,
  loadCatalog,
} from "./catalog/catalog.ts";
import { findEmbedded } from "./catalog/embedded.ts";
import {
  loadWhenPossible,
  Reloader,
  watchWithoutReload,
} from "./catalog/reload/reload.ts";
import { provideSdk } from "./catalog/sdk-module.ts";
import { AuditFile } from "./audit/audit-file.ts";
import { auditRuns } from "./audit/trail.ts";
import { ByteBudget } from "./byte-budget.ts";
import { Deliverer } from "./callback/deliver.ts";
import { createCallbackPolicy } from "./callback/reach/policy.ts";
import { createSign } from "./callback/signature.ts";
import { checkBinding, isLoopback } from "./access/binding.ts";
import { readConfiguredKey } from "./access/configured-key.ts";
import { readCallbackSecrets } from "./callback/secrets.ts";
import type { ServeConfig } from "./cli/options/groups/serve-options.ts";
import { version } from "./cli/version.ts";
import {
  type Certificate,
  findCertificateFiles,
  readCertificate,
} from "./listen/certificate.ts";
import { EventFeed } from "./http/events/event-feed.ts";
import { LiveEvents } from "./http/events/live-events.ts";
import { OpenStreams } from "./http/events/open-streams.ts";
import { createApp } from "./http/app.ts";
import { toCallbackBody } from "./http/problem.ts";
import { McpDoor } from "./mcp/door.ts";
import type { McpStreams } from "./mcp/parts.ts";
import { Crowd } from "./http/gate/crowd.ts";
import { RequestGate } from "./http/gate/gate.ts";
import { Hosts } from "./http/gate/host.ts";
import { Origins } from "./http/gate/origin.ts";
import { Proxies } from "./http/gate/proxies.ts";
import { watchExpiry } from "./listen/certificate-expiry.ts";
import { listen } from "./listen/listen.ts";
import { createPool, isIsolated } from "./execute/child/create-pool.ts";
import type { Log, LogTap } from "./log.ts";
import { LiveCatalog } from "./catalog/live-catalog.ts";
import { RunAcceptor } from "./run/accept.ts";
import { CheckWorker } from "./run/input/check-worker.ts";
import { InputReader } from "./run/input/input-reader.ts";
import { ArtifactFolder } from "./run/artifacts/artifact-folder.ts";
import { RunArtifacts } from "./run/artifacts/run-artifacts.ts";
import { readKeptInput } from "./run/input/kept-input.ts";
import { RunEvents } from "./run/events.ts";
import { PassingEvents } from "./run/kept-log/passing-events.ts";
import { NO_NEWS } from "./run/news.ts";
import { Statistics } from "./run/report/statistics.ts";
import { logFinished } from "./run/report/finished-lines.ts";
import { RunLogs } from "./run/kept-log/run-logs.ts";
import { drain } from "./run/drain.ts";
import { LargeResults } from "./execute/large-results.ts";
import { createInProcessExecutor } from "./execute/in-process.ts";
import { requireSecrets } from "./execute/require-secrets.ts";
import type { Task } from "./execute/task.ts";
import { SecretsFile } from "./secrets/secrets-file.ts";
import { Vault } from "./secrets/vault.ts";
import { listenForScrapes } from "./listen/scrapes.ts";
import { findProtectedResource, openAccessTokens } from "./oauth/open.ts";
import { openTelemetry } from "./telemetry/open.ts";
import { Scheduler } from "./queue/scheduler.ts";
import { Heartbeat } from "./process/heartbeat.ts";
import { followOthers } from "./run/elsewhere.ts";
import type { RunId } from "./run/run.ts";
import { recover, takeUp } from "./run/take-up.ts";
import { Runner } from "./run/active/runner.ts";
import { KeyQuota } from "./queue/key-quota.ts";
import { KeyShare } from "./queue/key-share.ts";
import { FreeDisk } from "./store/free-disk.ts";
import { openEmbedded } from "./store/sqlite/embedded.ts";
import type { Storage } from "./store/storage.ts";

/** A server that accepts runs. */
export interface Server {
  /** Where it listens, such as `http://127.0.0.1:8080`; undefined when it serves streams. */
  readonly url: string | undefined;
  readonly catalog: Catalog;
  /** Resolves when the client that is served instead of an address has closed its stream; undefined without one. */
  readonly clientLeft: Promise<void> | undefined;
  /** Whether requests need an API key, and whether there is a valid one. */
  readonly keys: "not needed" | "needed" | "needed, but none is valid";
  /** The number of runs that are in their code. */
  readonly runningCount: number;
  /** What the last stop had left. */
  readonly recovered: {
    readonly interruptedCount: number;
    readonly queuedCount: number;
  };
  /** Resolves with a reason when nothing can be recorded any more: the process has to end. */
  readonly died: Promise<string>;
  /** The exit code of a process that ends because of that. */
  readonly deathCode: number;
  /** Drains: running runs may end within `drainMs`, then they are interrupted. Resolves when all is closed. */
  stop(): Promise<void>;
}

/** In the executable the program's other files are beside this one too. */
const CHECK_THREAD = new URL("run/input/check-thread.ts", import.meta.url).href;
/** How long replies may take to be sent after every run has ended. */
const LAST_REPLIES_MS = 1000;
/** The program that a child process runs. */
const MAIN = new URL("main.ts", import.meta.url).pathname;
/** In the executable the program's other files are beside this one too. */
const STORE_THREAD = new URL("store/sqlite/thread/thread.ts", import.meta.url)
  .href;
/** For the same reason. */
const BEAT_THREAD = new URL(
  "store/postgres/fleet/beat-thread.ts",
  import.meta.url,
).href;

/**
 * Opens every part in the order in which it is needed, and closes them in the opposite order.
 *
 * @param options.heartbeat is told what the event loop is doing, for the watchdog
 * @param options.tap follows the lines of `log`
 * @param options.signal with `config.watch`, ends the wait for actions that can be loaded
 * @param options.onPackages with `config.watch`, called when packages have changed, which only a new process can load
 * @param options.onShutdown called when a request asks the server to stop
 * @param options.mayBeEmpty whether a folder without actions is served
 * @param options.accepts which actions are served; undefined for all
 * @param options.streams those of one MCP client, which is served instead of an address
 * @throws {UsageError} a key or a secret cannot be read, or others could reach the server without a key
 * @throws {CatalogError} the folder of actions cannot be served
 * @throws {StoreError} the data folder, or the database, cannot be used
 * @throws {ListenError} the address cannot be listened on
 */
export async function serve(
  config: ServeConfig,
  log: Log,
  options: {
    heartbeat?: Heartbeat;
    tap?: LogTap;
    signal?: AbortSignal;
    onPackages?: () => void;
    onShutdown?: () => void;
    streams?: McpStreams | undefined;
    mayBeEmpty?: boolean | undefined;
    accepts?: ((entry: CatalogEntry) => boolean) | undefined;
  } = {},
): Promise<Server> {
  const { heartbeat = new Heartbeat(), onPackages = () => undefined } = options;
  // What closes a part that was opened goes onto the stack: also when a later part cannot be opened.
  await using opened = new AsyncDisposableStack();

  // What only has to be read comes first: a mistake in it leaves nothing behind.
  const configured = readConfiguredKey(config);
  const secrets = readCallbackSecrets(config);
  const certificate = findCertificate(config);
  const tokens = await openAccessTokens(config, { log });
  // Action files import "actiond", which must be there before the first of them is loaded.
  provideSdk();
  const { actions: folder, isolation, maxResultBytes } = config;
  const catalog = new LiveCatalog(
    await load(config, log, options),
    options.accepts,
  );
  for (const notice of catalog.current.notices) log.warn(notice);

  // Everything that watches runs listens to these.
  const events = new RunEvents((error) => {
    log.error("A listener to run events failed.", { error });
  });
  const telemetry = opened.use(
    await openTelemetry(config, { events, log, tap: options.tap, version }),
  );
  opened.use(logFinished(log, events));
  // Before the store: an audit log that cannot be written stops the start.
  const audit = openAudit(config, log, opened);
  if (audit !== undefined) opened.use(auditRuns(audit, events));

  const storage = opened.use(await openStorage(config, { catalog, log }));
  const { runs, deliveries, keys, fleet } = storage;
  const news = fleet?.news ?? NO_NEWS;
  const keyring = opened.use(
    await Keyring.open({
      configured,
      tokens,
      store: keys,
      now: Date.now,
      onError: (error) => {
        log.error("The keys could not be read again.", { error });
      },
    }),
  );
  checkWhoMayReach(config, keyring, log);

  const policy = createCallbackPolicy({
    allow: config.callbackAllow,
    get allowPrivate() {
      return isLoopback(config.host) && !keyring.isOn;
    },
  });
  const callbackBytes = new ByteBudget({
    maxBytes: config.maxCallbackBytes,
    maxBytesPerKey: config.maxCallbackBytes / 2,
  });
  const deliverer = opened.use(
    new Deliverer({
      deliveries,
      runs,
      events,
      news,
      policy,
      sign: createSign(secrets),
      budget: callbackBytes,
      retryMs: config.callbackRetryMs,
      timeoutMs: config.callbackTimeoutMs,
      version,
      toBody: toCallbackBody,
      trace: telemetry?.traceCallback,
      log,
      now: Date.now,
      random: Math.random,
    }),
  );

  const { secretsFile, decryptKeys: keysOfContexts } = config;
  const vault = new Vault({
    environment: config.childEnvironment,
    keys: keysOfContexts,
    file:
      secretsFile === undefined
        ? undefined
        : opened.use(
            new SecretsFile(secretsFile, (error) => {
              log.error("The secrets could not be read again.", { error });
            }),
          ),
  });
  const secretsOf = ({ entry, sent }: Task) => vault.find(entry, sent).values;
  const share = new KeyShare(config.keyShare, (owner) =>
    keyring.othersOf(owner),
  );
  const scheduler = new Scheduler(
    {
      running: config.maxRunning,
      queued: config.maxQueued,
      children: config.maxChildren,
    },
    { share },
  );
  const turns = fleet?.turns ?? scheduler;
  const quota = new KeyQuota(config.maxRunsPerKey);
  const { maxLogBytes } = config;
  const logs = opened.use(
    new RunLogs({ store: storage.logs, events, log, maxLogBytes }),
  );
  const artifactFolder = new ArtifactFolder(config.data);
  const artifacts = opened.use(
    new RunArtifacts({
      ...config,
      folder: artifactFolder,
      store: runs,
      events,
      log,
    }),
  );
  const held = new ByteBudget({
    maxBytes: config.maxHeldBytes,
    maxBytesPerKey: config.maxHeldBytes / 2,
  });
  const inProcess = createInProcessExecutor({
    log,
    reports: logs,
    artifacts: (task) => artifacts.of(task),
    secretsOf,
    maxResultBytes,
    large: new LargeResults({
      maxResultBytes,
      held,
      check: (order) => inputs.checkResult(order),
    }),
    heartbeat,
    trace: telemetry?.trace,
  });
  const pool = opened.use(
    createPool(config, {
      catalog: catalog.current,
      main: MAIN,
      log,
      reports: logs,
      artifacts,
      secretsOf,
      isTraced: telemetry?.isTracing ?? false,
    }),
  );
  const execute = requireSecrets(
    (task) => (isIsolated(task.entry) ? pool.execute(task) : inProcess(task)),
    vault,
  );
  const inputs = new InputReader(
    config,
    opened.use(
      new CheckWorker({ thread: CHECK_THREAD, maxMs: config.maxCheckMs }),
    ),
  );
  const runner = new Runner({
    store: runs,
    execute: telemetry?.around(execute) ?? execute,
    events,
    logs,
    log,
    readInput: (run) => readKeptInput(run, { store: runs, inputs, held }),
  });
  opened.use(
    catalog.onChange((current) => {
      scheduler.follow(current.list());
      fleet?.follow(current.list());
      pool.changeTo(current.version);
      if (current.list().some(isIsolated)) pool.start();
    }),
  );
  const disk = new FreeDisk(config.data, config.minFreeDiskBytes);
  const acceptor = new RunAcceptor({
    catalog,
    turns,
    quota,
    inputs,
    secrets: vault,
    held,
    store: runs,
    runner,
    timeouts: config,
    checkCallback: (url, owner) => policy.checkAtAccept(url, owner),
    disk,
  });

  const mcp = new McpDoor({
    catalog,
    acceptor,
    store: runs,
    runner,
    news,
    logs,
    events,
    log,
    vault,
    audit,
    keepRunsMs: config.keepRunsMs,
    version,
  });
  const streams = new OpenStreams({
    max: config.maxStreams,
    held,
    share,
  });
  const gate = new RequestGate({
    maxHeaderBytes: config.maxHeaderBytes,
    maxRequests: config.maxRequests,
    streams,
    hosts: new Hosts(config.host, config.allowHosts),
    origins: new Origins(config.corsOrigins),
  });
  const live = new LiveEvents(events);
  const feed = new EventFeed(
    storage.events ?? new PassingEvents(events),
    (error) => {
      log.error("The events of all runs could not be read.", { error });
    },
  );
  const app = createApp({
    gate,
    crowd:
      config.maxRequests === Infinity && config.maxRequestsPerKey === Infinity
        ? undefined
        : new Crowd(config),
    held,
    vault,
    isSecure: certificate !== undefined,
    console: new ConsolePage(page),
    catalog,
    acceptor,
    store: runs,
    runner,
    news,
    events,
    deliveries,
    resource: findProtectedResource(config),
    answerMcp: (request, details) => mcp.fetch(request, details),
    logs,
    artifacts: artifactFolder,
    live,
    feed,
    streams,
    server: {
      version,
      startedAt: Date.now(),
      url: () => listener?.url ?? "",
      runs: () => ({
        running: turns.runningCount,
        queued: turns.queuedCount,
        ...config,
      }),
      lingering: () => runner.lingering.since,
      children: () => pool.counts,
      storeBytes: () => {
        const { databaseBytes, logBytes } = storage.sizes();
        return databaseBytes + logBytes;
      },
      reloadErrors: () =>
        reloader?.mistake === undefined ? [] : [reloader.mistake],
    },
    statistics: opened.use(new Statistics(events)),
    keys,
    keyring,
    audit,
    rateLimit: config.rateLimit,
    replicaCount: () => fleet?.livingCount ?? 1,
    log,
    version,
    serverUrl: config.serverUrl,
    proxies:
      config.trustProxy.length === 0 && config.basePath === ""
        ? undefined
        : new Proxies(config.trustProxy, config.basePath),
    shutDown: config.allowShutdown ? options.onShutdown : undefined,
    openDocs: config.openDocs,
    fullOpenapi: config.fullOpenapi,
    limits: config,
    readiness: {
      ...config,
      acceptor,
      scheduler: turns,
      runner,
      disk,
      storeTrouble: () => storage.trouble,
      delayMs: () => heartbeat.delay.recentMs,
    },
    watch: telemetry?.requests,
    metrics: config.metrics === "on" ? telemetry?.scrape : undefined,
  });
  opened.use(app);
  telemetry?.observe(
    {
      ...config,
      scheduler: turns,
      runner,
      pool,
      streams,
      disk,
      budgets: { requests: held, callbacks: callbackBytes },
    },
    {
      onBatch: (listener) => {
        storage.onBatch(listener);
      },
      isClosed: () => storage.isClosed,
      sizes: () => storage.sizes(),
      debts: () => deliveries.debts(),
    },
  );
  // Read before the server listens: what is accepted from then on is not what the last process left.
  const unfinished = await runs.unfinished();
  const listener = options.streams
    ? undefined
    : listen({
        host: config.host,
        port: config.port,
        certificate,
        maxInputBytes: config.maxInputBytes,
        maxConnections: config.maxConnections,
        fetch: telemetry?.requests.around(app.fetch) ?? app.fetch,
      });
  opened.defer(() => listener?.stop(LAST_REPLIES_MS));
  // Its streams end before the listener waits for the last replies.
  opened.use(mcp);
  // For the same reason.
  opened.use(streams);
  // Before its streams end, they tell what happened last.
  opened.use(feed);
  if (typeof config.metrics === "object" && telemetry?.scrape !== undefined)
    opened.use(listenForScrapes(config.metrics, telemetry.scrape));
  if (certificate) opened.use(watchExpiry(certificate, { log, now: Date.now }));
  // Only a server that listens works on runs: a second one that finds the port taken must not touch them.
  if (catalog.list().some(isIsolated)) pool.start();
  const parts = {
    store: runs,
    catalog,
    quota,
    runner,
    events,
    news,
    nameOf: (owner: string) => keyring.nameOf(owner),
  };
  const recovered = await recover(unfinished, { ...parts, scheduler });
  opened.use(followOthers(parts));
  fleet?.start((run, place) => takeUp(run, place, parts));
  // After the recovery, which makes more callbacks due.
  await deliverer.start();
  audit?.record({ event: "server.start", outcome: "allowed" });
  const onDropped = (ids: readonly RunId[]) => {
    artifacts.forget(ids);
  };
  opened.use(storage.keepUp({ ...config, onDropped }, log));
  void artifacts.takeStock();
  const inUse = () =>
    [...runner.active, ...runner.lingering].map(({ entry }) => entry);
  // Last: what changes while the server starts is loaded when everything follows the catalog.
  const reloader = config.watch
    ? new Reloader({ folder, isolation, catalog, log, inUse, onPackages })
    : undefined;
  if (reloader !== undefined) opened.use(reloader);
  else if (findEmbedded() === undefined)
    opened.use(watchWithoutReload(folder, { catalog: catalog.current, log }));

  // Whoever can start the program may do everything with it.
  const clientLeft = options.streams && mcp.connect(options.streams, ANYONE);

  const kept = opened.move();
  return {
    died: storage.died,
    deathCode: storage.deathCode,
    url: listener?.url,
    clientLeft,
    catalog,
    get keys() {
      if (!keyring.isOn) return "not needed";
      return keyring.hasValidKey ? "needed" : "needed, but none is valid";
    },
    get runningCount() {
      return turns.runningCount;
    },
    recovered,
    async stop() {
      const unrecorded = await drain(config.drainMs, {
        acceptor,
        turns,
        runner,
        store: runs,
        events,
      });
      if (unrecorded > 0)
        log.error(
          "The store has not taken the outcomes of some runs: the next start will interrupt them.",
          { unrecorded_count: unrecorded },
        );
      audit?.record({ event: "server.stop", outcome: "allowed" });
      await kept[Symbol.asyncDispose]();
    },
  };
}

/** @throws {CatalogError} the folder cannot be served and is not watched */
async function load(
  { actions: folder, isolation, watch }: ServeConfig,
  log: Log,
  {
    signal,
    onPackages = () => undefined,
    mayBeEmpty = false,
  }: {
    signal?: AbortSignal;
    onPackages?: () => void;
    mayBeEmpty?: boolean | undefined;
  },
): Promise<LoadedCatalog> {
  if (!watch) return await loadCatalog({ folder, isolation, mayBeEmpty });
  return await loadWhenPossible(
    { folder, isolation, log, mayBeEmpty },
    { signal, onPackages },
  );
}

/** Only a replica of a fleet loads what it needs. */
async function openStorage(
  config: ServeConfig,
  { catalog, log }: { catalog: Catalog; log: Log },
): Promise<Storage> {
  const { databaseUrl } = config;
  if (databaseUrl === undefined)
    return openEmbedded({ ...config, thread: STORE_THREAD });
  const { openReplica } = await import("./store/postgres/fleet/replica.ts");
  const entries = catalog.list();
  const parts = { databaseUrl, version, entries, thread: BEAT_THREAD, log };
  return await openReplica({ ...config, ...parts });
}

function findCertificate(config: ServeConfig): Certificate | undefined {
  const files = findCertificateFiles(config);
  return files && readCertificate(files);
}

function openAudit(
  { auditLog }: ServeConfig,
  log: Log,
  opened: AsyncDisposableStack,
): AuditFile | undefined {
  return auditLog === undefined
    ? undefined
    : opened.use(new AuditFile(auditLog, log));
}

/** @throws {UsageError} when others could reach a server that asks for no key, and nobody said that they may */
function checkWhoMayReach(
  config: ServeConfig,
  keyring: Keyring,
  log: Log,
): void {
  checkBinding({ ...config, hasKeys: keyring.isOn });
  if (keyring.isOn && config.openDocs)
    log.warn(
      "Everybody who reaches this server may read the names and schemas of all actions, because of --open-docs.",
    );
  if (keyring.isOn || isLoopback(config.host)) return;
  log.warn("There is no API key: whoever reaches this server is served.", {
    host: config.host,
  });
}
