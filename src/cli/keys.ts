/** `actiond keys`: creates, lists and revokes the keys of a data folder. */
import { randomBytes } from "node:crypto";
import { ID_PREFIX, type Key, type KeyEditor, stateOf } from "../access/key.ts";
import { hashToken, makeToken } from "../access/token.ts";
import type { Audit, AuditEntry } from "../audit/entry.ts";
import type { KeysConfig } from "./keys-command.ts";

/** What a command says: `out` for programs on standard output, `note` for people beside it. */
export interface Said {
  readonly out: string;
  readonly note: string;
}

/** The command cannot be carried out. The message says why, and what would be right. */
export class KeysError extends Error {
  override readonly name = "KeysError";
}

interface Parts {
  readonly keys: KeyEditor;
  /** Told of what was changed, before anybody else is. */
  readonly audit?: Audit | undefined;
  /** Number of the user who runs the command: its name would come from the environment, which anybody can set. */
  readonly uid?: number | undefined;
  readonly now: number;
}

/** @throws {KeysError} */
export function runKeys(config: KeysConfig, parts: Parts): Said {
  if (config.action === "create") return createKey(config, parts);
  if (config.action === "revoke") return revokeKey(config, parts);
  return listKeys(parts);
}

function createKey(
  asked: KeysConfig & { readonly action: "create" },
  { keys, audit, uid, now }: Parts,
): Said {
  const { name, scopes, packages, expiresMs } = asked;
  const token = makeToken();
  const key: Key = {
    id: `${ID_PREFIX}${randomBytes(8).toString("hex")}`,
    name,
    hash: hashToken(token),
    scopes,
    packages,
    createdAt: now,
    expiresAt: expiresMs === Infinity ? null : now + expiresMs,
    revokedAt: null,
    lastUsedAt: null,
  };
  if (!keys.add(key))
    throw new KeysError(
      `There is a key "${name}" already. Name this one otherwise, or revoke that one first: actiond keys revoke ${name}.`,
    );
  audit?.record(toEntry("key.create", key, uid));
  return {
    out: `${token}\n`,
    note: `This is the key "${name}" (${key.id}), which is shown only now. Scopes: ${scopes.join(", ")}; packages: ${describePackages(key)}; expires: ${describeExpiry(key)}.\n`,
  };
}

function revokeKey(
  { key: nameOrId }: KeysConfig & { readonly action: "revoke" },
  { keys, audit, uid, now }: Parts,
): Said {
  const key = keys.revoke(nameOrId, now);
  if (key === undefined)
    throw new KeysError(
      `There is no key ${JSON.stringify(nameOrId)} that is not revoked. actiond keys list has the names and ids.`,
    );
  audit?.record(toEntry("key.revoke", key, uid));
  return { out: "", note: `The key "${key.name}" (${key.id}) is revoked.\n` };
}

function toEntry(
  event: AuditEntry["event"],
  { id, name }: Key,
  uid: number | undefined,
): AuditEntry {
  return { event, outcome: "allowed", key_id: id, key: name, uid };
}

const COLUMNS: readonly [string, (key: Key, now: number) => string][] = [
  ["ID", ({ id }) => id],
  ["NAME", ({ name }) => name],
  ["STATE", stateOf],
  ["SCOPES", ({ scopes }) => scopes.join(",")],
  ["PACKAGES", describePackages],
  ["CREATED", ({ createdAt }) => toMinute(createdAt)],
  ["EXPIRES", describeExpiry],
  [
    "LAST USED",
    ({ lastUsedAt }) => (lastUsedAt === null ? "never" : toMinute(lastUsedAt)),
  ],
];

/** A line for each key, oldest first, below one of headings; columns are two spaces apart. */
function listKeys({ keys, now }: Parts): Said {
  const rows = [
    COLUMNS.map(([heading]) => heading),
    ...keys.list().map((key) => COLUMNS.map(([, toText]) => toText(key, now))),
  ];
  const widths = COLUMNS.map((_, index) =>
    Math.max(...rows.map((row) => row[index]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return { out: `${lines.join("\n")}\n`, note: "" };
}

function describePackages({ packages }: Key): string {
  return packages === null ? "all" : packages.join(",");
}

function describeExpiry({ expiresAt }: Key): string {
  return expiresAt === null ? "never" : toMinute(expiresAt);
}

/** @returns `2026-11-24 12:05Z` */
function toMinute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")}Z`;
}
