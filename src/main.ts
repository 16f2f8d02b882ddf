/** The composition root: argv and env → config → open → wire → listen → drain → close. */
import { CatalogError } from "./action/catalog-error.ts";
import { loadCatalog } from "./action/catalog.ts";
import { provideSdk } from "./action/sdk-module.ts";
import { Deliverer } from "./callback/deliver.ts";
import { createCallbackPolicy } from "./callback/policy.ts";
import { createSign } from "./callback/signature.ts";
import {
  parseCommand,
  type ServeConfig,
  UsageError,
  version,
} from "./config.ts";
import { createApp } from "./http/app.ts";
import { toCallbackBody } from "./http/problem.ts";
import { ListenError, listen } from "./http/server.ts";
import { createLog } from "./log.ts";
import { Reception } from "./run/accept.ts";
import { drain } from "./run/drain.ts";
import { createInProcessExecutor } from "./run/execute.ts";
import { guardProcess } from "./run/guard.ts";
import { Limit } from "./run/limit.ts";
import { recover } from "./run/recover.ts";
import { Runner } from "./run/runner.ts";
import { createDeliveryStore } from "./store/deliveries.ts";
import { openStore } from "./store/open.ts";
import { createRunStore } from "./store/runs.ts";
import { StoreError } from "./store/store-error.ts";

/** How long replies may take to be sent after every run has ended. */
const LAST_REPLIES_MS = 1000;
/** Addresses only this machine can reach. */
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

// `process.exit` looks this up at each call: guards make both throw in action code.
const exit = process.reallyExit.bind(process);
const writeLine = process.stdout.write.bind(process.stdout);

try {
  const command = parseCommand(process.argv.slice(2), process.env);
  if (command.command === "print") writeLine(command.text);
  else await serve(command.config);
} catch (error) {
  process.stderr.write(`actiond: ${toMessage(error)}\n`);
  exit(error instanceof UsageError ? 2 : 1);
}

async function serve(config: ServeConfig): Promise<void> {
  const stopped = untilStopped();
  const log = createLog({
    format: toLogFormat(config.logFormat),
    level: config.logLevel,
  });
  guardProcess(log);
  provideSdk();
  const catalog = await loadCatalog({ folder: config.actions });
  const store = openStore(config.data, config.durability);
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
  log.info("Started.", { url: listener.url, data: config.data, ...recovered });
  writeLine(`actiond listening on ${listener.url}\n`);

  log.info(`Stopping: ${await stopped}.`);
  await drain(config.drainMs, { reception, limit, runner, store: runs });
  await listener.stop(LAST_REPLIES_MS);
  await deliverer[Symbol.asyncDispose]();
  store[Symbol.dispose]();
  log.info("Stopped.");
  exit(0);
}

/** Resolves at the first signal to stop. The second one ends the process at once. */
function untilStopped(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) exit(signal === "SIGINT" ? 130 : 143);
    isStopping = true;
    resolve(signal);
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);
  return promise;
}

function toLogFormat(format: ServeConfig["logFormat"]): "pretty" | "json" {
  if (format !== "auto") return format;
  return process.stderr.isTTY ? "pretty" : "json";
}

function toMessage(error: unknown): string {
  const isExpected = [CatalogError, ListenError, StoreError, UsageError].some(
    (kind) => error instanceof kind,
  );
  if (!(error instanceof Error)) return String(error);
  return isExpected ? error.message : (error.stack ?? error.message);
}
