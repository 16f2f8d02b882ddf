/** The composition root: argv and env → config → open → wire → listen → drain → close. */
import { readFileSync } from "node:fs";
import { isatty } from "node:tty";
import { loadCatalog } from "./action/catalog.ts";
import { CatalogError } from "./action/catalog-error.ts";
import { provideSdk } from "./action/sdk-module.ts";
import { createDeliverer } from "./callback/deliver.ts";
import { createCallbackPolicy } from "./callback/policy.ts";
import { createSigner } from "./callback/signature.ts";
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
import { type Exit, guardProcess } from "./run/guard.ts";
import { Limit } from "./run/limit.ts";
import { recover } from "./run/recover.ts";
import { Runner } from "./run/runner.ts";
import { createDeliveryStore } from "./store/deliveries.ts";
import { openStore } from "./store/open.ts";
import { createRunStore } from "./store/runs.ts";
import { StoreError } from "./store/store-error.ts";

/** How long replies may take to be sent after everything has ended. */
const LAST_REPLIES_MS = 1000;

await main();

async function main(): Promise<void> {
  try {
    const command = parseCommand(process.argv.slice(2), process.env);
    if (command.command === "print") process.stdout.write(command.text);
    else await serve(command.config);
  } catch (error) {
    const isExpected = [CatalogError, ListenError, StoreError, UsageError].some(
      (kind) => error instanceof kind,
    );
    const { message, stack } = error as Error;
    process.stderr.write(`actiond: ${isExpected ? message : stack}\n`);
    process.reallyExit(error instanceof UsageError ? 2 : 1);
  }
}
