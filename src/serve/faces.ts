/** What callers meet: the HTTP interface, and the door for agents behind it. */
import { version } from "../cli/version.ts";
import page from "../console/page.html";
import { createApp } from "../http/app.ts";
import { ConsolePage } from "../http/console/console.ts";
import { EventFeed } from "../http/events/event-feed.ts";
import { LiveEvents } from "../http/events/live-events.ts";
import { OpenStreams } from "../http/events/open-streams.ts";
import { Crowd } from "../http/gate/crowd.ts";
import { RequestGate } from "../http/gate/gate.ts";
import { Hosts } from "../http/gate/host.ts";
import { Origins } from "../http/gate/origin.ts";
import { Proxies } from "../http/gate/proxies.ts";
import { McpDoor } from "../mcp/door.ts";
import { findProtectedResource } from "../oauth/open.ts";
import { Statistics } from "../run/report/statistics.ts";
import type { Callbacks } from "./callbacks.ts";
import type { Execution } from "./execution.ts";
import type { Ground } from "./ground.ts";

/** What is known only when the faces are there. */
interface Later {
  readonly url: () => string;
  readonly reloadErrors: () => readonly string[];
}

/** @param options.onShutdown what a caller may ask for where `--allow-shutdown` says so */
export function openFaces(
  ground: Ground & Execution & { readonly callbacks: Callbacks },
  options: {
    isSecure: boolean;
    onShutdown: (() => void) | undefined;
    later: Later;
  },
  opened: AsyncDisposableStack,
) {
  const { config, log, catalog, events, telemetry, audit, storage } = ground;
  const { news, keyring, heartbeat, callbacks, vault, share, turns } = ground;
  const { logs, files, held, inputs, pool } = ground;
  const { runner, disk, acceptor } = ground;
  const { runs, deliveries, keys, fleet } = storage;
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
  const feed = new EventFeed(storage.events, (error) => {
    log.error("The events of all runs could not be read.", { error });
  });
  const app = createApp({
    gate,
    crowd:
      config.maxRequests === Infinity && config.maxRequestsPerKey === Infinity
        ? undefined
        : new Crowd(config),
    held,
    inputs,
    vault,
    isSecure: options.isSecure,
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
    artifacts: files,
    live,
    feed,
    streams,
    server: {
      version,
      startedAt: Date.now(),
      url: options.later.url,
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
      reloadErrors: options.later.reloadErrors,
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
      budgets: { requests: held, callbacks: callbacks.budget },
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
  return { app, mcp, streams, feed };
}
