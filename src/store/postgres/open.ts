/** Opens a database that several replicas share: checked, of the right version, and with a row for this replica. */
import { checkServer, untilAnswered } from "./connect/check-server.ts";
import { Client } from "./connect/client.ts";
import {
  migrate,
  readSchema,
  refuseNewer,
  type SchemaState,
} from "./connect/migrate.ts";
import { keepsSessions } from "./connect/sessions.ts";
import { Reader } from "./connect/reader.ts";
import { describeTarget, type Target } from "./connect/target.ts";
import { FlushWriter } from "./write/writer.ts";

/** Connections of a replica besides those for reading: flush, control, beat, listening and notifying. */
const OTHER_CONNECTIONS = 5;
const ENTER = `insert into "actiond".replicas (id, version, actions) values ($1::uuid, $2, $3::text::jsonb)`;
/**
 * The server keeps the plans of flushes and claims. While a table is small they would read all of it for each row, and
 * would go on doing so when the table has grown, until it is next analyzed.
 */
const BY_INDEX = {
  enable_seqscan: "off",
  enable_bitmapscan: "off",
  enable_mergejoin: "off",
  jit: "off",
};
/** How long a migration may take. */
const MIGRATION_MS = 600_000;

export interface PostgresStore extends AsyncDisposable {
  readonly target: Target;
  /** Id of this replica, new with each start. */
  readonly me: string;
  /** Looks things up. */
  readonly reader: Reader;
  /** Makes every change. */
  readonly writer: FlushWriter;
  /** One connection for what is neither, such as claims. */
  readonly control: Client;
  /** What should be put right in the database, though it works. */
  readonly warnings: readonly string[];
  /** Resolves with the reason when no change can be made any more: see `FlushWriter`. */
  readonly died: Promise<string>;
}

/**
 * Opens the database, makes or migrates its tables, and enters this replica.
 *
 * @param options.connections how many look-ups are answered at once
 * @param options.version of the program
 * @param options.actions the versions of its actions, by address
 * @throws {StoreError} when the database cannot be used; the message says why
 */
export async function openStore(
  given: Target,
  options: {
    readonly connections: number;
    readonly version: string;
    readonly actions: Readonly<Record<string, string>>;
  },
): Promise<PostgresStore> {
  await using opened = new AsyncDisposableStack();
  const connectionCount = options.connections + OTHER_CONNECTIONS;
  const { target, warnings } = await prepare(given, connectionCount);
  const control = opened.use(new Client(target, { settings: BY_INDEX }));
  const me = Bun.randomUUIDv7();
  const actions = JSON.stringify(options.actions);
  await untilAnswered(
    () => control.query(ENTER, [me, options.version, actions]),
    `The database ${describeTarget(target)}`,
  );
  const reader = opened.use(
    new Reader(new Client(target, { max: options.connections })),
  );
  const writer = opened.use(
    new FlushWriter(new Client(target, { settings: BY_INDEX }), me),
  );
  const kept = opened.move();
  return {
    target,
    me,
    reader,
    writer,
    control,
    warnings,
    died: writer.died,
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

/** Checks and migrates the database, and sees whether statements may have names. */
async function prepare(
  given: Target,
  connectionCount: number,
): Promise<{ target: Target; warnings: string[] }> {
  await using client = new Client(given);
  const warnings = await bringUpToDate(given, client, { connectionCount });
  const isPrepared = await untilAnswered(
    () => keepsSessions(client),
    `The database ${describeTarget(given)}`,
  );
  return { target: { ...given, isPrepared }, warnings };
}

/**
 * Checks the server, and brings the schema to the version of this program where it is older.
 *
 * @returns what should be put right
 * @throws {StoreError}
 */
export async function bringUpToDate(
  target: Target,
  control: Client,
  options: { connectionCount: number },
): Promise<string[]> {
  const ask = control.query.bind(control);
  const warnings = await checkServer(ask, target, options);
  const state = await untilAnswered(
    () => readSchema(ask),
    `The database ${describeTarget(target)}`,
  );
  refuseNewer(state);
  if (state.version < state.knownVersion) await migrateTarget(target);
  return warnings;
}

/** @throws {StoreError} when the database cannot be used, or is of a newer version */
export async function lookAtSchema(target: Target): Promise<SchemaState> {
  await using client = new Client(target);
  const ask = client.query.bind(client);
  await checkServer(ask, target, { connectionCount: 1 });
  const state = await untilAnswered(
    () => readSchema(ask),
    `The database ${describeTarget(target)}`,
  );
  refuseNewer(state);
  return state;
}

/** @returns the versions before and after. @throws {StoreError} when it cannot be done */
export async function migrateTarget(
  target: Target,
): Promise<{ before: number; after: number }> {
  await using client = new Client(target, { deadlineMs: MIGRATION_MS });
  return await untilAnswered(
    () => migrate(client),
    `The database ${describeTarget(target)}`,
  );
}
