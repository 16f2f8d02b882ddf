/** Makes the pool that a configuration asks for, and says what goes there. */
import type { Catalog } from "../action/catalog.ts";
import type { CatalogEntry } from "../action/catalog-entry.ts";
import { toFingerprint } from "../action/fingerprint.ts";
import type { ServeConfig } from "../config.ts";
import type { Log } from "../log.ts";
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

/** @param parts.main path of the program's first file, which a child runs as well */
export function createPool(
  config: ServeConfig,
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
    fingerprint: toFingerprint(catalog),
    log,
  });
}
