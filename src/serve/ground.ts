/** What stands before anything is accepted: the parts that all later parts are built on. */
import type { Keyring } from "../access/keyring.ts";
import type { AuditFile } from "../audit/audit-file.ts";
import type { LiveCatalog } from "../catalog/live-catalog.ts";
import type { ServeConfig } from "../cli/options/groups/serve-options.ts";
import type { Log } from "../log.ts";
import type { Heartbeat } from "../process/heartbeat.ts";
import type { RunEvents } from "../run/events.ts";
import type { News } from "../run/elsewhere/news.ts";
import type { Storage } from "../store/storage.ts";
import type { openTelemetry } from "../telemetry/open.ts";

export interface Ground {
  readonly config: ServeConfig;
  readonly log: Log;
  readonly catalog: LiveCatalog;
  /** Everything that watches runs listens to these. */
  readonly events: RunEvents;
  /** Undefined when nothing is measured. */
  readonly telemetry: Awaited<ReturnType<typeof openTelemetry>>;
  readonly audit: AuditFile | undefined;
  readonly storage: Storage;
  /** What other replicas did. */
  readonly news: News;
  readonly keyring: Keyring;
  readonly heartbeat: Heartbeat;
}
