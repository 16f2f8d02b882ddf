/** Sees whether a server can keep runs, and says what is wrong in a sentence. */
import { StoreError } from "../../store-error.ts";
import { type Ask, DatabaseError } from "./client.ts";
import { describeTarget, type Target } from "./target.ts";

const OLDEST = 13;
/** Connections of a server for each that a replica opens: fewer than this leave no room for others. */
const ROOM = 3;

const LOOK = `
select current_setting('server_version_num')::int4, current_setting('server_version'),
  pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',
  current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
  pg_encoding_to_char(encoding), current_setting('max_connections')::int4, current_user,
  has_database_privilege(current_database(), 'CREATE'),
  (select has_schema_privilege(oid, 'USAGE') from pg_namespace where nspname = trim(both '"' from '"actiond"')),
  (select string_agg(relname, ', ' order by relname) from pg_class
   where relnamespace = to_regnamespace('"actiond"')::oid and relkind in ('r', 'p')
     and not has_table_privilege(oid, 'SELECT, INSERT, UPDATE, DELETE'))
from pg_database where datname = current_database()`;

/**
 * @param options.connectionCount how many connections a replica opens
 * @returns what should be put right, though the server works
 * @throws {StoreError} when it cannot keep runs
 */
export async function checkServer(
  ask: Ask,
  target: Target,
  { connectionCount }: { connectionCount: number },
): Promise<string[]> {
  const where = `The database ${describeTarget(target)}`;
  const [row] = await untilAnswered(() => ask(LOOK), where);
  const [number, version, isStandby, isReadOnly, ...rest] = row as unknown as [
    number,
    string,
    boolean,
    boolean,
    string,
    string,
    string,
    string,
    number,
    string,
    boolean,
    boolean | null,
    string | null,
  ];
  const [fsync, fullPages, synchronousCommit, encoding, max, ...rights] = rest;
  const [user, mayCreate, mayUse, closedTables] = rights;
  const refuse = (reason: string): never => {
    throw new StoreError(`${where} ${reason}`);
  };
  if (number < OLDEST * 10_000)
    refuse(
      `is PostgreSQL ${version}, and actiond needs ${OLDEST} or a newer one.`,
    );
  if (isStandby)
    refuse(
      "is a standby, which cannot be written. Name the primary, or both hosts: postgres://user@one,two/name.",
    );
  if (isReadOnly)
    refuse(
      'is read-only for this user. Set "default_transaction_read_only" to off.',
    );
  if (encoding !== "UTF8")
    refuse(`keeps text as ${encoding}, and actiond needs UTF8.`);
  if (mayUse === null && !mayCreate)
    refuse(
      `has no schema ${quote(target.schema)}, and the user ${quote(user)} may not create it. Run: CREATE SCHEMA ${target.schema} AUTHORIZATION ${user};`,
    );
  if (mayUse === false)
    refuse(
      `does not let the user ${quote(user)} use the schema ${quote(target.schema)}. Run: GRANT USAGE, CREATE ON SCHEMA ${target.schema} TO ${user};`,
    );
  if (closedTables !== null)
    refuse(
      `does not let the user ${quote(user)} read and change all tables of the schema ${quote(target.schema)}: ${closedTables}. Run: GRANT ALL ON ALL TABLES IN SCHEMA ${target.schema} TO ${user};`,
    );
  return [
    ...(fsync === "on"
      ? []
      : ["has fsync off: a power cut can destroy all runs."]),
    ...(fullPages === "on"
      ? []
      : ["has full_page_writes off: a power cut can destroy runs."]),
    ...(synchronousCommit === "off"
      ? [
          "has synchronous_commit off: a crash of it forgets runs that callers were told of.",
        ]
      : []),
    ...(max < connectionCount * ROOM
      ? [
          `takes ${max} connections in all, and each replica opens ${connectionCount}. Raise max_connections, or lower --database-connections.`,
        ]
      : []),
  ].map((warning) => `${where} ${warning}`);
}

/** @throws {StoreError} saying why the database cannot be asked at all */
export async function untilAnswered<Value>(
  ask: () => Promise<Value>,
  where: string,
): Promise<Value> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw new StoreError(`${where} cannot be used: ${explain(error)}`, {
      cause: error,
    });
  }
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const REASONS: Readonly<Record<string, string>> = {
  "28P01": "the password is wrong.",
  "28000": "the server does not let this user in (pg_hba.conf).",
  "3D000": "there is no database of this name.",
  "53300": "all its connections are taken.",
  "57P03": "it is starting or stopping.",
  "42501": "the user has not the rights it needs.",
  "55P03": "a table that a migration changes is in use. Try again.",
};

function explain({ state, message }: DatabaseError): string {
  const reason = state === undefined ? undefined : REASONS[state];
  const text = message.endsWith(".") ? message : `${message}.`;
  return reason === undefined ? text : `${reason} The server says: ${text}`;
}

function quote(name: string): string {
  return JSON.stringify(name);
}
