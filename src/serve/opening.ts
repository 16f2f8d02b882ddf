/** Opens what a server stands on: actions, storage, certificate, audit log; and checks who may reach it. */
import { checkBinding, isLoopback } from "../access/binding.ts";
import type { Keyring } from "../access/keyring.ts";
import { AuditFile } from "../audit/audit-file.ts";
import {
  type Catalog,
  type LoadedCatalog,
  loadCatalog,
} from "../catalog/catalog.ts";
import { loadWhenPossible } from "../catalog/reload/reload.ts";
import type { ServeConfig } from "../cli/options/groups/serve-options.ts";
import { version } from "../cli/version.ts";
import {
  type Certificate,
  findCertificateFiles,
  readCertificate,
} from "../listen/certificate.ts";
import type { Log } from "../log.ts";
import { findDatabaseUrl } from "../store/database-url.ts";
import { openEmbedded } from "../store/sqlite/embedded.ts";
import type { Storage } from "../store/storage.ts";

/** URLs of the threads that storage runs on: only the program's first file can name them in the executable too. */
export interface Threads {
  readonly store: string;
  readonly beat: string;
}

/** @throws {CatalogError} the folder cannot be served and is not watched */
export async function loadActions(
  { actions: folder, isolation, watch }: ServeConfig,
  log: Log,
  {
    signal,
    onPackages = () => undefined,
    mayBeEmpty = false,
  }: {
    signal?: AbortSignal;
    onPackages?: () => void;
    mayBeEmpty?: boolean | undefined;
  },
): Promise<LoadedCatalog> {
  if (!watch) return await loadCatalog({ folder, isolation, mayBeEmpty });
  return await loadWhenPossible(
    { folder, isolation, log, mayBeEmpty },
    { signal, onPackages },
  );
}

/** @returns a data folder, or a database that replicas share: only a replica loads what it needs for that */
export async function openStorage(
  config: ServeConfig,
  { catalog, log, threads }: { catalog: Catalog; log: Log; threads: Threads },
): Promise<Storage> {
  const databaseUrl = findDatabaseUrl(config);
  if (databaseUrl === undefined)
    return openEmbedded({ ...config, thread: threads.store });
  const { openReplica } = await import("../store/postgres/fleet/replica.ts");
  const entries = catalog.list();
  const parts = { databaseUrl, version, entries, thread: threads.beat, log };
  return await openReplica({ ...config, ...parts });
}

export function findCertificate(config: ServeConfig): Certificate | undefined {
  const files = findCertificateFiles(config);
  return files && readCertificate(files);
}

export function openAudit(
  { auditLog, maxAuditBytes: maxBytes }: ServeConfig,
  log: Log,
  opened: AsyncDisposableStack,
): AuditFile | undefined {
  return auditLog === undefined
    ? undefined
    : opened.use(new AuditFile(auditLog, log, { maxBytes }));
}

/** @throws {UsageError} when others could reach a server that asks for no key, and nobody said that they may */
export function checkWhoMayReach(
  config: ServeConfig,
  keyring: Keyring,
  log: Log,
): void {
  checkBinding({ ...config, hasKeys: keyring.isOn });
  if (keyring.isOn && config.openDocs)
    log.warn(
      "Because of --open-docs, everybody who can reach this server can read the names and schemas of all actions.",
    );
  if (keyring.isOn || isLoopback(config.host)) return;
  log.warn(
    "There is no API key: everybody who can reach this server can use it.",
    {
      host: config.host,
    },
  );
}
