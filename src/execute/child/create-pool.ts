/** Creates the pool of child processes from the configuration, and says which actions run there. */
import type { LoadedCatalog } from "../../catalog/catalog.ts";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import type { Isolation } from "../../action/definition.ts";
import type { Log } from "../../log.ts";
import type { ChildArtifacts, Reports } from "../reports.ts";
import type { ChildOptions } from "./child.ts";
import { toChildCommand } from "./process.ts";
import { Pool } from "./pool.ts";

/** How long a child process may take to begin a run; normally it takes less than a millisecond. */
const TAKE_MS = 10_000;
/** Starting a child takes as long as a thousand short runs. */
const MAX_TASKS = 10_000;

/** Whether the code of an action runs in child processes. */
export function isIsolated({
  isolation,
}: Pick<CatalogEntry, "isolation">): boolean {
  return isolation === "process";
}

/** The part of the configuration that concerns child processes. */
export interface PoolConfig {
  /** The absolute path of the actions folder. */
  readonly actions: string;
  /** The isolation of actions that do not choose one. */
  readonly isolation: Isolation;
  readonly maxResultBytes: number;
  readonly data: string;
  readonly maxArtifactBytes: number;
  readonly childEnvironment: Readonly<Record<string, string>>;
  /** How long an isolated run may go on after its signal has aborted, in milliseconds. */
  readonly graceMs: number;
  /** The number of idle child processes that are kept ready. */
  readonly children: number;
  readonly maxChildren: number;
  /** The memory that a child process may use, in bytes. */
  readonly childMemory: number;
}

/** @param parts.main the path of the program's first file, which a child runs as well */
export function createPool(
  config: PoolConfig,
  {
    catalog,
    main,
    log,
    reports,
    artifacts,
    secretsOf,
    isTraced,
  }: {
    catalog: LoadedCatalog;
    main: string;
    log: Log;
    reports: Reports;
    artifacts: ChildArtifacts;
    secretsOf: ChildOptions["secretsOf"];
    isTraced: boolean;
  },
): Pool {
  const { actions, isolation, maxResultBytes } = config;
  const { data, maxArtifactBytes } = config;
  const limits = { maxResultBytes, maxArtifactBytes };
  return new Pool({
    child: {
      command: toChildCommand(main),
      environment: config.childEnvironment,
      setup: { kind: "setup", actions, isolation, data, ...limits, isTraced },
      graceMs: config.graceMs,
      takeMs: TAKE_MS,
      log,
      reports,
      artifacts,
      secretsOf,
    },
    warm: config.children,
    max: config.maxChildren,
    maxTasks: MAX_TASKS,
    maxMemory: config.childMemory,
    version: catalog.version,
    log,
  });
}
