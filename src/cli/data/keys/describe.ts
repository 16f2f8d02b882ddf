/** Describes keys to people and to the audit log. */
import type { Key } from "../../../access/key.ts";
import type { AuditEntry } from "../../../audit/entry.ts";

export function describePackages({ packages }: Key): string {
  return packages === null ? "all" : packages.join(",");
}

export function describeExpiry({ expiresAt }: Key): string {
  return expiresAt === null ? "never" : toMinute(expiresAt);
}

/** @returns `2026-11-24 12:05Z` */
export function toMinute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")}Z`;
}

export function toEntry(
  event: AuditEntry["event"],
  { id, name }: Key,
  uid: number | undefined,
): AuditEntry {
  return { event, outcome: "allowed", key_id: id, key: name, uid };
}
