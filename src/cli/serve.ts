/** `actiond serve`: serves a folder of actions until it is told to stop. */
import type { Log } from "../log.ts";
import { type ServeConfig, serveOptions } from "./options/serve-options.ts";
import { defineCommand, type ProgramContext } from "./parse/command.ts";

// `process.exit` looks this up at each call: guards make both throw in action code.
const exit = process.reallyExit.bind(process);

export const serveCommand = defineCommand({
  name: "serve",
  description: "Serves a folder of actions over HTTP.",
  examples: [
    "actiond serve --actions ./actions --port 8080",
    "ACTIOND_PORT=8080 actiond serve",
    "actiond serve --host 0.0.0.0 --api-key-file /run/secrets/api-key",
  ],
  arguments: {},
  options: serveOptions,
  async run(config, context) {
    const stopped = untilStopped();
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
    const log = createLog(logOptions);
    warnOfMisspelt(context, log);
    let server: Awaited<ReturnType<typeof serve>> | undefined;
    guardProcess(log, () => server?.catalog.list() ?? []);
    const heartbeat = new Heartbeat();
    const thread = new URL("./process/watchdog-thread.ts", context.main).href;
    using _ = startWatchdog(heartbeat, { thread, logOptions, log });
    server = await serve(config, log, heartbeat);
    log.info("Started.", {
      url: server.url,
      data: config.data,
      interrupted_count: server.recovered.interruptedCount,
      queued_count: server.recovered.queuedCount,
    });
    context.write(`actiond listening on ${server.url}\n`);
    log.info(`Stopping: ${await stopped}.`);
    await server.stop();
    log.info("Stopped.");
    // What actions have left behind, such as timers, must not keep the process.
    return exit(0);
  },
});

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

function warnOfMisspelt({ misspelt }: ProgramContext, log: Log): void {
  if (misspelt.length === 0) return;
  log.warn(
    `These environment variables are not settings of actiond: ${misspelt.join(", ")}.`,
  );
}

function toLogFormat(format: ServeConfig["logFormat"]): "pretty" | "json" {
  if (format !== "auto") return format;
  return process.stderr.isTTY ? "pretty" : "json";
}
