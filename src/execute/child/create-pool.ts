/** Makes the pool that a configuration asks for, and says what goes there. */
import type { Catalog } from "../../catalog/catalog.ts";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import { hashCatalog } from "../../catalog/fingerprint.ts";
import type { Isolation } from "../../action/definition.ts";
import type { Log, LogLevel } from "../../log.ts";
import { toChildCommand } from "./command.ts";
import { Pool } from "./pool.ts";

/** How long a child process may take to begin a run, which takes it less than a millisecond when all is well. */
const TAKE_MS = 10_000;

/** Whether the code of an action runs in child processes. */
export function isIsolated({
  isolation,
}: Pick<CatalogEntry, "isolation">): boolean {
  return isolation === "process";
}

/** What is configured about child processes. */
export interface PoolConfig {
  /** Absolute path of the folder of actions. */
  readonly actions: string;
  /** Where actions run that do not say it themselves. */
  readonly isolation: Isolation;
  readonly maxResultBytes: number;
  readonly logLevel: LogLevel;
  readonly childEnvironment: Readonly<Record<string, string>>;
  /** How long an isolated run may go on after its signal has aborted. */
  readonly graceMs: number;
  /** Child processes that are kept ready. */
  readonly children: number;
  readonly maxChildren: number;
  /** In bytes. */
  readonly childMemory: number;
}

/** @param parts.main path of the program's first file, which a child runs as well */
export function createPool(
  config: PoolConfig,
  { catalog, main, log }: { catalog: Catalog; main: string; log: Log },
): Pool {
  const { actions, isolation, maxResultBytes, logLevel } = config;
  return new Pool({
    child: {
      command: toChildCommand(main),
      environment: config.childEnvironment,
      setup: { kind: "setup", actions, isolation, maxResultBytes, logLevel },
      graceMs: config.graceMs,
      takeMs: TAKE_MS,
      log,
    },
    warm: config.children,
    max: config.maxChildren,
    maxMemory: config.childMemory,
    fingerprint: hashCatalog(catalog),
    log,
  });
}
