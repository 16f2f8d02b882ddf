/** The application on a stage: every route, without a listener. */
import page from "../../src/console/page.html";
import { ConsolePage } from "../../src/http/console/console.ts";
import { Keyring } from "../../src/access/keyring.ts";
import type { LoadedCatalog } from "../../src/catalog/catalog.ts";
import type { CatalogEntry } from "../../src/catalog/catalog-entry.ts";
import { LiveCatalog } from "../../src/catalog/live-catalog.ts";
import { createApp } from "../../src/http/app.ts";
import { RequestGate } from "../../src/http/gate/gate.ts";
import { Hosts } from "../../src/http/gate/host.ts";
import { Origins } from "../../src/http/gate/origin.ts";
import { ArtifactFolder } from "../../src/run/artifacts/artifact-folder.ts";
import { Statistics } from "../../src/run/report/statistics.ts";
import { EventFeed } from "../../src/http/events/event-feed.ts";
import { LiveEvents } from "../../src/http/events/live-events.ts";
import { OpenStreams } from "../../src/http/events/open-streams.ts";
import type { Log } from "../../src/log.ts";
import { createEventStore } from "../../src/store/sqlite/kept-log/events.ts";
import { createKeyStore } from "../../src/store/sqlite/keys.ts";
import { type openStage } from "../run/stage.ts";
import { silentLog } from "../silent-log.ts";

/** There is none: requests arrive by a call. */
const LISTENER = {
  requestCount: 1,
  isFull: false,
  addressOf: () => undefined,
  keepOpen: () => {},
  upgrade: () => false,
  isAmbiguous: () => false,
};

export async function stageApp(
  stage: ReturnType<typeof openStage>,
  log: Log = silentLog,
) {
  const keys = createKeyStore(stage.store);
  const live = new LiveEvents(stage.events);
  const catalog = new LiveCatalog(toCatalog(stage.entry));
  const app = createApp({
    ...stage,
    store: stage.runs,
    live,
    feed: new EventFeed(createEventStore(stage.store), () => {}),
    streams: new OpenStreams({ max: 1000, held: stage.held }),
    artifacts: new ArtifactFolder(stage.folder),
    statistics: new Statistics(stage.events),
    keys,
    server: {
      version: "1.2.3",
      startedAt: 0,
      url: () => "http://localhost",
      runs: () => ({ running: 0, queued: 0, maxRunning: 1, maxQueued: 1 }),
      lingering: () => [],
      children: () => ({ running: 0, idle: 0, max: 1 }),
      storeBytes: () => 0,
      reloadErrors: () => [],
    },
    readiness: {
      ...stage,
      maxRunning: 1,
      maxQueued: 1,
      disk: { trouble: undefined },
      storeTrouble: () => undefined,
      delayMs: () => 0,
    },
    catalog,
    console: new ConsolePage(page),
    gate: new RequestGate({
      hosts: new Hosts("0.0.0.0", []),
      origins: new Origins([]),
    }),
    keyring: await Keyring.open({
      configured: undefined,
      store: keys,
      now: Date.now,
      onError: () => {},
    }),
    log,
    version: "1.2.3",
    answerMcp: () => Promise.resolve(new Response()),
    limits: {
      maxWaitMs: 1000,
      maxInputBytes: 1000,
      requestTimeoutMs: 1000,
      maxInputDepth: 100,
      maxInputValues: 1000,
    },
  });
  return {
    catalog,
    fetch: (request: Request) => app.fetch(request, LISTENER),
  };
}

/** @returns the catalog of these actions */
export function toCatalog(...entries: readonly CatalogEntry[]): LoadedCatalog {
  return {
    find: (packageName, name) =>
      entries.find(({ address }) => address === `${packageName}/${name}`),
    list: () => entries,
    version: "1",
    notices: [],
    [Symbol.dispose]: () => {},
  };
}
