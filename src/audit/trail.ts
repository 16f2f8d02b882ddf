/** Records in the audit log what was done to runs, by whom and from where. */
import type { Caller } from "../access/caller.ts";
import type { RunEvents, RunFacts } from "../run/events.ts";
import type { Audit, AuditEntry, AuditEvent } from "./entry.ts";

/** Records until what this returns is disposed of. */
export function auditRuns(audit: Audit, events: RunEvents): Disposable {
  return events.listen(
    [
      "accepted",
      "repeated",
      "cancel_asked",
      "deleted",
      "redelivered",
      "host_redelivered",
    ],
    (event) => {
      switch (event.kind) {
        case "accepted":
          audit.record(toStart(event, "started"));
          break;
        case "repeated":
          audit.record(toStart(event, "repeated"));
          break;
        case "cancel_asked":
          audit.record(
            toEntry("run.cancel", event.by, {
              run_id: event.run.id,
              result: event.result,
            }),
          );
          break;
        case "deleted":
          audit.record(
            toEntry("run.delete", event.by, { run_id: event.run.id }),
          );
          break;
        case "redelivered":
          audit.record(
            toEntry("callback.redeliver", event.by, { run_id: event.run.id }),
          );
          break;
        case "host_redelivered":
          audit.record(
            toEntry("callback.redeliver", event.by, {
              result: `${event.count} to ${event.host}`,
            }),
          );
      }
    },
  );
}

function toStart(
  { run, by }: { run: RunFacts; by: Caller },
  result: "started" | "repeated",
): AuditEntry {
  return toEntry("run.start", by, {
    run_id: run.id,
    action: `${run.package}/${run.action}`,
    request_id: run.requestId === "" ? undefined : run.requestId,
    result,
  });
}

function toEntry(
  event: AuditEvent,
  by: Caller,
  what: Pick<AuditEntry, "run_id" | "action" | "request_id" | "result">,
): AuditEntry {
  return {
    event,
    outcome: "allowed",
    key_id: by.keyId,
    key: by.name,
    address: by.address,
    ...what,
  };
}
