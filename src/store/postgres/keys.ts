/** The PostgreSQL side of keys: for a replica, and for people who change them while the fleet runs. */
import type { Scope } from "../../access/caller.ts";
import type { Key, KeyEditor, KeyStore } from "../../access/key.ts";
import { untilAnswered } from "./connect/check-server.ts";
import {
  type Ask,
  Client,
  type Parameter,
  type Row,
} from "./connect/client.ts";
import { toMoment } from "./columns.ts";
import { bringUpToDate, type PostgresStore } from "./open.ts";
import { describeTarget, type Target } from "./connect/target.ts";
import { isText } from "./values.ts";

/** How often a replica looks whether somebody has changed the keys. */
const POLL_MS = 500;

const COLUMNS =
  "id, name, hash, scopes, packages, created_at, expires_at, revoked_at, last_used_at";
const LIST = `select ${COLUMNS} from "actiond".keys order by created_at, numbered_id`;
const CHANGED = `update "actiond".meta set keys_version = keys_version + 1`;
const ADD = `
with added as (
  insert into "actiond".keys (${COLUMNS})
  values ($1, $2, $3, $4::text[], $5::text[], $6::int8, $7::int8, $8::int8, $9::int8)
  on conflict do nothing returning 1
)
${CHANGED} where exists (select 1 from added) returning 1`;
const REVOKE = `
with revoked as (
  update "actiond".keys set revoked_at = $2::int8
  where revoked_at is null and (name = $1 or id = $1) returning ${COLUMNS}
), changed as (${CHANGED} where exists (select 1 from revoked))
select ${COLUMNS} from revoked`;

/** @returns the keys as people change them */
export function createKeyEditor(ask: Ask): KeyEditor {
  return {
    list: async () => (await ask(LIST)).map(toKey),
    add: async (key) => (await ask(ADD, toValues(key))).length === 1,
    async revoke(nameOrId, at) {
      if (!isText(nameOrId)) return undefined;
      const [row] = await ask(REVOKE, [nameOrId, at]);
      return row && toKey(row);
    },
  };
}

/** @throws {StoreError} when the database cannot be used */
export async function openKeyEditor(
  target: Target,
): Promise<KeyEditor & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const client = opened.use(new Client(target));
  await bringUpToDate(target, client, { connectionCount: 1 });
  const where = `The database ${describeTarget(target)}`;
  const kept = opened.move();
  return {
    ...createKeyEditor((...asked) =>
      untilAnswered(() => client.query(...asked), where),
    ),
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

/**
 * @returns the keys of an open database, as its replica knows them
 */
export function createKeyStore({
  reader,
  writer,
}: Pick<PostgresStore, "reader" | "writer">): KeyStore {
  const write = (text: string, parameters: readonly Parameter[] = []) =>
    writer.write({ kind: "other", id: undefined, text, parameters });
  return {
    ...createKeyEditor(write),
    list: async () => (await reader.ask(LIST)).map(toKey),
    async recordUse(id, at) {
      await write(
        `update "actiond".keys set last_used_at = greatest(last_used_at, $2::int8) where id = $1`,
        [id, at],
      );
    },
    onChange: (listener) => watch(reader, listener),
  };
}

function watch(
  reader: PostgresStore["reader"],
  listener: () => void,
): Disposable {
  let known: unknown;
  let isLooking = false;
  const look = async () => {
    if (isLooking) return;
    isLooking = true;
    try {
      const [row] = await reader.ask(`select keys_version from "actiond".meta`);
      const version = row?.[0];
      // The first look tells what happened before it, too.
      if (version !== known) listener();
      known = version;
    } catch {
      // Whoever asks for something else says that the database is away.
    } finally {
      isLooking = false;
    }
  };
  void look();
  const timer = setInterval(() => {
    void look();
  }, POLL_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };
}

function toValues(key: Key): Parameter[] {
  const { id, name, hash, scopes, packages, createdAt } = key;
  const { expiresAt, revokedAt, lastUsedAt } = key;
  return [
    id,
    name,
    hash,
    scopes,
    packages,
    createdAt,
    expiresAt,
    revokedAt,
    lastUsedAt,
  ];
}

function toKey(row: Row): Key {
  const [id, name, hash, scopes, packages, createdAt, ...rest] = row as [
    string,
    string,
    string,
    Scope[],
    string[] | null,
    string,
    string | null,
    string | null,
    string | null,
  ];
  const [expiresAt, revokedAt, lastUsedAt] = rest;
  return {
    id,
    name,
    hash,
    scopes,
    packages,
    createdAt: Number(createdAt),
    expiresAt: toMoment(expiresAt),
    revokedAt: toMoment(revokedAt),
    lastUsedAt: toMoment(lastUsedAt),
  };
}
