/** The program: argv and env → config → serve → drain → exit. */
import { CatalogError } from "./catalog/catalog-error.ts";
import { AuditFile } from "./audit/audit-file.ts";
import { KeysError, runKeys } from "./cli/keys.ts";
import {
  parseCommand,
  SECRET_VARIABLES,
  type ServeConfig,
} from "./cli/program.ts";
import { UsageError } from "./errors.ts";
import { ListenError } from "./listen/listen.ts";
import type { KeysConfig } from "./cli/keys-command.ts";
import { runChild } from "./execute/child/child-program.ts";
import { CHILD_ARGUMENT } from "./execute/child/wire.ts";
import { createLog } from "./log.ts";
import { guardProcess } from "./process/guard.ts";
import { Heartbeat } from "./process/heartbeat.ts";
import { startWatchdog } from "./process/watchdog.ts";
import { type Server, serve } from "./serve.ts";
import { backup } from "./store/sqlite/backup.ts";
import { openKeyEditor } from "./store/sqlite/keys.ts";
import { StoreError } from "./store/store-error.ts";

// `process.exit` looks this up at each call: guards make both throw in action code.
const exit = process.reallyExit.bind(process);
/** In the executable the program's other files are beside this one, wherever they were in the sources. */
const WATCHDOG = new URL("./process/watchdog-thread.ts", import.meta.url).href;
const writeLine = process.stdout.write.bind(process.stdout);
const writeError = process.stderr.write.bind(process.stderr);

try {
  // Before anything else: a child never serves, and so never has children.
  if (process.argv[2] === CHILD_ARGUMENT) runChild();
  else await runCommand();
} catch (error) {
  writeError(`actiond: ${toMessage(error)}\n`);
  exit(error instanceof UsageError ? 2 : 1);
}

async function runCommand(): Promise<void> {
  const command = parseCommand(process.argv.slice(2), process.env);
  // What actions print, and the programs they start, must not have them.
  for (const name of SECRET_VARIABLES)
    Reflect.deleteProperty(process.env, name);
  switch (command.command) {
    case "print":
      writeLine(command.text);
      break;
    case "backup":
      writeLine(`Copied ${backup(command.config)} bytes.\n`);
      break;
    case "keys":
      changeKeys(command.config);
      break;
    case "serve":
      await run(command.config);
  }
}

function changeKeys(config: KeysConfig): void {
  // Before anything is changed: what cannot be recorded is not done.
  using audit = openAudit(config.auditLog);
  using keys = openKeyEditor(config.data, {
    isNew: config.action === "create",
  });
  const uid = process.getuid?.();
  const { out, note } = runKeys(config, { keys, audit, uid, now: Date.now() });
  writeLine(out);
  process.stderr.write(note);
}

function openAudit(file: string | undefined): AuditFile | undefined {
  if (file === undefined) return undefined;
  return new AuditFile(file, createLog({ format: "pretty", level: "error" }));
}

async function run(config: ServeConfig): Promise<void> {
  const stopped = untilStopped();
  const logOptions = {
    format: toLogFormat(config.logFormat),
    level: config.logLevel,
  };
  const log = createLog(logOptions);
  let server: Server | undefined;
  guardProcess(log, () => server?.catalog.list() ?? []);
  const heartbeat = new Heartbeat();
  using _ = startWatchdog(heartbeat, { thread: WATCHDOG, logOptions, log });
  server = await serve(config, log, heartbeat);
  log.info("Started.", {
    url: server.url,
    data: config.data,
    interrupted_count: server.recovered.interruptedCount,
    queued_count: server.recovered.queuedCount,
  });
  writeLine(`actiond listening on ${server.url}\n`);
  log.info(`Stopping: ${await stopped}.`);
  await server.stop();
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
  const isExpected = [
    CatalogError,
    KeysError,
    ListenError,
    StoreError,
    UsageError,
  ].some((kind) => error instanceof kind);
  if (!(error instanceof Error)) return String(error);
  return isExpected ? error.message : (error.stack ?? error.message);
}
