/** Serves actions until a signal stops the server, or until packages have changed, which takes a new process. */
import { relative } from "node:path";
import { type Readable, Writable } from "node:stream";
import { findEmbedded } from "../catalog/embedded.ts";
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import { OperatorError, ServerError } from "../errors.ts";
import type { Log } from "../log.ts";
import { toLogFormat } from "./options/log-format.ts";
import { type ServeConfig } from "./options/groups/serve-options.ts";
import type { ProgramContext } from "./parse/command.ts";

/** The streams of one MCP client, which is served instead of an address. */
interface Streams {
  readonly input: Readable;
  readonly output: Writable;
}

// `process.exit` looks this up at each call: guards make both throw in action code.
const exit = process.reallyExit.bind(process);

/** Serves one MCP client over standard input and output. */
export async function runMcp(
  config: ServeConfig,
  context: ProgramContext,
): Promise<number> {
  // Taken before actions are loaded: what they print goes to the log.
  const write = process.stdout.write.bind(process.stdout);
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      write(chunk, done);
    },
  });
  const streams = { input: process.stdin, output };
  return await runServer(config, { ...context, streams });
}

interface Serving {
  readonly streams?: Streams;
  /** Whether a folder without actions is served, too. */
  readonly mayBeEmpty?: boolean;
  /** Which actions are served; undefined for all. */
  readonly accepts?: (entry: CatalogEntry) => boolean;
  /** Is told where the server listens. What it returns is disposed of when the server has stopped. */
  readonly onStarted?: (server: {
    readonly url: string;
    readonly stop: (reason: "parent") => void;
  }) => Disposable;
}

/** @returns only when the exit code of the process is not decided yet */
export async function runServer(
  config: ServeConfig,
  context: ProgramContext & Serving,
): Promise<number> {
  const { streams } = context;
  const stopping = new Stopping();
  const [{ createLog }, { guardProcess }, { Heartbeat }] = await Promise.all([
    import("../log.ts"),
    import("../process/guard.ts"),
    import("../process/heartbeat.ts"),
  ]);
  const [{ startWatchdog }, { serve }] = await Promise.all([
    import("../process/watchdog.ts"),
    import("../serve.ts"),
  ]);
  const logOptions = {
    format: toLogFormat(config.logFormat),
    level: config.logLevel,
  };
  const tap = {};
  const log = createLog({ ...logOptions, tap });
  warnOfMisspelt(context, log);
  let server: Awaited<ReturnType<typeof serve>> | undefined;
  guardProcess(log, () => server?.catalog.list() ?? []);
  const heartbeat = new Heartbeat();
  const thread = new URL("./process/watchdog-thread.ts", context.main).href;
  using watchdog = startWatchdog(heartbeat, { thread, logOptions, log });
  const { signal } = stopping;
  const onPackages = () => {
    // The client of a new process would have to begin again.
    if (streams === undefined) stopping.begin("packages");
    else
      log.warn(
        "The installed packages have changed: connect the client again.",
      );
  };
  try {
    server = await serve(config, log, {
      heartbeat,
      tap,
      signal,
      onPackages,
      onShutdown: () => {
        stopping.begin("shutdown");
      },
      streams,
      mayBeEmpty: context.mayBeEmpty,
      accepts: context.accepts,
    });
  } catch (error) {
    if (!signal.aborted) throw toStartError(error);
    return leave(stopping, { context, log });
  }
  watchdog.begin();
  sayStarted(server, config, log);
  server.sayMissingSecrets();
  const { deathCode } = server;
  void server.died.then((reason) => {
    log.error(
      "Runs can no longer be recorded, so this process exits. The next start continues from what is on disk.",
      { reason },
    );
    exit(deathCode);
  });
  const started = context.onStarted?.({
    url: server.url ?? "",
    stop: (reason) => {
      stopping.begin(reason);
    },
  });
  if (server.clientLeft === undefined)
    context.write(`actiond listening on ${server.url}\n`);
  void server.clientLeft?.then(() => {
    stopping.begin("client");
  });
  await stopping.begun;
  sayStopping(stopping, { server, config, log });
  await server.stop();
  started?.[Symbol.dispose]();
  return leave(stopping, { context, log });
}

/** A store that is away while the server starts is nothing that a stack says more about. */
function toStartError(error: unknown): unknown {
  if (!(error instanceof ServerError)) return error;
  return new OperatorError(`The server cannot start. ${error.message}`, {
    cause: error,
  });
}

/** 128 and the number of the signal, as shells say it. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

type Reason = NodeJS.Signals | "packages" | "client" | "parent" | "shutdown";

const REASONS: Readonly<Record<string, string>> = {
  client: "the client has closed standard input",
  parent: "the parent process has ended",
  shutdown: "a request asked for it",
};

/** Why the server stops. The second signal ends the process at once. */
class Stopping {
  readonly #controller = new AbortController();
  readonly #begun = Promise.withResolvers<void>();
  reason: Reason | undefined;

  constructor() {
    const stop = (signal: keyof typeof EXIT_CODES) => {
      if (this.reason?.startsWith("SIG") === true) exit(EXIT_CODES[signal]);
      this.begin(signal);
    };
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
      process.on(signal, stop);
  }

  /** Resolves when the server has to stop. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  begin(reason: Reason): void {
    this.reason = reason;
    this.#controller.abort();
    this.#begun.resolve();
  }
}

/** What actions have left behind, such as timers, must not keep the process. */
function leave(
  { reason }: Stopping,
  { context, log }: { context: ProgramContext; log: Log },
): never {
  if (reason === "packages") return context.restart();
  log.info("Stopped.");
  return exit(0);
}

const KEYS = {
  "not needed": "no API key is needed",
  needed: "every request needs an API key",
  "needed, but none is valid":
    'every request is refused, because no API key is valid: create one with "actiond keys create NAME"',
} as const;

/** A server that listens on all addresses is opened by the name of its own machine. */
function toOpen(url: string): string {
  return url.replace(
    /(?<=^https?:\/\/)(?:0\.0\.0\.0|\[::\])(?=[:/]|$)/,
    "localhost",
  );
}

function sayStarted(
  server: {
    readonly url: string | undefined;
    readonly keys: "not needed" | "needed" | "needed, but none is valid";
    readonly catalog: { list(): readonly unknown[] };
    readonly recovered: {
      readonly interruptedCount: number;
      readonly queuedCount: number;
    };
  },
  config: ServeConfig,
  log: Log,
): void {
  const count = server.catalog.list().length;
  const found = `${count} ${count === 1 ? "action" : "actions"} ${findEmbedded() === undefined ? `in ${toShortPath(config.actions)}` : "inside this executable"}`;
  const watching = config.watch ? " Saved changes are loaded at once." : "";
  const where =
    server.url === undefined
      ? " to the MCP client on standard input and output."
      : `: open ${toOpen(server.url)} to run them, and ${toOpen(server.url)}/docs for the API; ${KEYS[server.keys]}.`;
  const stop = server.url === undefined ? "" : " Ctrl-C stops the server.";
  log.info(`Started. Serving ${found}${where}${watching}${stop}`, {
    url: server.url,
    data: config.data,
    action_count: count,
    interrupted_count: server.recovered.interruptedCount,
    queued_count: server.recovered.queuedCount,
  });
}

function sayStopping(
  { reason }: Stopping,
  parts: {
    server: { readonly runningCount: number };
    config: ServeConfig;
    log: Log;
  },
): void {
  const { server, config, log } = parts;
  const why =
    reason === "packages"
      ? "The installed packages have changed, so the server starts again."
      : `Stopping: ${REASONS[reason ?? ""] ?? reason}.`;
  const count = server.runningCount;
  if (count === 0) {
    log.info(why);
    return;
  }
  const runs = `${count} ${count === 1 ? "run" : "runs"}`;
  log.info(
    `${why} Waiting up to ${config.drainMs / 1000} s for ${runs} to end; press Ctrl-C again to end the server now.`,
    { running_count: count },
  );
}

function toShortPath(path: string): string {
  const short = relative(".", path);
  return short === "" || short.startsWith("..") ? path : `./${short}`;
}

function warnOfMisspelt({ misspelt }: ProgramContext, log: Log): void {
  if (misspelt.length === 0) return;
  log.warn(
    `These environment variables are not settings of actiond: ${misspelt.join(", ")}.`,
  );
}
