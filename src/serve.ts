/** The composition root: config → open → wire → listen → drain → close. */
import { ANYONE } from "./access/caller.ts";
import { Keyring } from "./access/keyring.ts";
import type { CatalogEntry } from "./catalog/catalog-entry.ts";
import type { Catalog } from "./catalog/catalog.ts";
import { findEmbedded } from "./catalog/embedded.ts";
import { Reloader, watchWithoutReload } from "./catalog/reload/reload.ts";
import { provideSdk } from "./catalog/sdk-module.ts";
import { auditRuns } from "./audit/trail.ts";
import { readConfiguredKey } from "./access/configured-key.ts";
import { readCallbackSecrets } from "./callback/secrets.ts";
import type { ServeConfig } from "./cli/options/groups/serve-options.ts";
import { version } from "./cli/version.ts";
import type { McpStreams } from "./mcp/parts.ts";
import { watchExpiry } from "./listen/certificate-expiry.ts";
import { listen } from "./listen/listen.ts";
import { isIsolated } from "./execute/child/create-pool.ts";
import type { Log, LogTap } from "./log.ts";
import { LiveCatalog } from "./catalog/live-catalog.ts";
import { RunEvents } from "./run/events.ts";
import { NO_NEWS } from "./run/elsewhere/news.ts";
import { logFinished } from "./run/report/finished-lines.ts";
import { drain } from "./run/drain.ts";
import { listenForScrapes } from "./listen/scrapes.ts";
import { openAccessTokens } from "./oauth/open.ts";
import { openTelemetry } from "./telemetry/open.ts";
import { Heartbeat } from "./process/heartbeat.ts";
import { followOthers } from "./run/elsewhere/elsewhere.ts";
import type { RunId } from "./run/run.ts";
import { recover, takeUp } from "./run/take-up.ts";
import { sayMissing } from "./secrets/say-missing.ts";
import { openCallbacks } from "./serve/callbacks.ts";
import { openExecution } from "./serve/execution.ts";
import { openFaces } from "./serve/faces.ts";
import type { Ground } from "./serve/ground.ts";
import { isHealthCheck } from "./http/gate/gate.ts";
import {
  checkWhoMayReach,
  findCertificate,
  loadActions,
  openAudit,
  openStorage,
} from "./serve/opening.ts";

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
  /** Says in the log which actions need secrets that this server does not have. */
  sayMissingSecrets(): void;
  /** Resolves with a reason when nothing can be recorded any more: the process has to end. */
  readonly died: Promise<string>;
  /** The exit code of a process that ends because of that. */
  readonly deathCode: number;
  /** Drains: running runs may end within `drainMs`, then they are interrupted. Resolves when all is closed. */
  stop(): Promise<void>;
}

/** In the executable the program's other files are beside this one too. */
const CHECK_THREAD = new URL("run/input/check-thread.ts", import.meta.url).href;
/** When the child processes are started that are kept ready. */
const WARM_UP_MS = 50;
/** How long replies may take to be sent after every run has ended. */
const LAST_REPLIES_MS = 1000;
/** The program that a child process runs. */
const MAIN = new URL("main.ts", import.meta.url).pathname;
/** In the executable the program's other files are beside this one too. */
const STORE_THREAD = new URL("store/sqlite/thread/thread.ts", import.meta.url)
  .href;
/** For the same reason. */
const BEAT_THREAD = new URL(
  "store/postgres/fleet/lease/beat-thread.ts",
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
  const { actions: folder, isolation } = config;
  const catalog = new LiveCatalog(
    await loadActions(config, log, options),
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

  const storage = opened.use(
    await openStorage(config, {
      catalog,
      log,
      threads: { store: STORE_THREAD, beat: BEAT_THREAD },
    }),
  );
  const { runs, keys, fleet } = storage;
  const news = fleet?.news ?? NO_NEWS;
  const keyring = opened.use(
    await Keyring.open({
      configured,
      tokens,
      store: keys,
      now: Date.now,
      onError: (error) => {
        log.error("The keys could not be reloaded.", { error });
      },
    }),
  );
  checkWhoMayReach(config, keyring, log);

  const ground: Ground = {
    config,
    log,
    catalog,
    events,
    telemetry,
    audit,
    storage,
    news,
    keyring,
    heartbeat,
  };
  const callbacks = openCallbacks(ground, secrets, opened);
  const execution = openExecution(
    { ...ground, ...callbacks },
    { main: MAIN, checkThread: CHECK_THREAD },
    opened,
  );
  const { acceptor, artifacts, pool, quota, runner, scheduler } = execution;
  const { share, turns, vault } = execution;
  const { app, mcp, streams, feed } = openFaces(
    { ...ground, ...execution, callbacks },
    {
      isSecure: certificate !== undefined,
      onShutdown: options.onShutdown,
      later: {
        url: () => listener?.url ?? "",
        reloadErrors: () =>
          reloader?.mistake === undefined ? [] : [reloader.mistake],
      },
    },
    opened,
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
        idleSeconds: config.idleTimeoutMs / 1000,
        maxConnections: config.maxConnections,
        goesFirst: isHealthCheck,
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
  // Each takes a processor core for a while: the first answers come before, and a run that needs a child starts one.
  const warmUp = setTimeout(() => {
    if (catalog.list().some(isIsolated)) pool.start();
  }, WARM_UP_MS);
  opened.defer(() => {
    clearTimeout(warmUp);
  });
  // Only a server that listens works on runs: a second one that finds the port taken must not touch them.
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
  fleet?.start((run, place) => takeUp(run, place, parts), share);
  // After the recovery, which makes more callbacks due.
  await callbacks.deliverer.start();
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
    sayMissingSecrets() {
      sayMissing(catalog.list(), vault, log);
    },
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
          "The outcomes of some runs could not be recorded: the next start will record them as interrupted.",
          { unrecorded_count: unrecorded },
        );
      audit?.record({ event: "server.stop", outcome: "allowed" });
      await kept[Symbol.asyncDispose]();
    },
  };
}
