/**
 * Moves what a data folder has into a database that replicas share, run by run in the order of acceptance. Each step is
 * one transaction with all that belongs to its runs, so an import that was cut off goes on where it ended.
 */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import { interrupted } from "../../../run/take-up.ts";
import { lockFolder } from "../../sqlite/folder/lock.ts";
import { bringUpToDate as bringFolderUpToDate } from "../../sqlite/open.ts";
import { StoreError } from "../../store-error.ts";
import { untilAnswered } from "../connect/check-server.ts";
import { type Ask, Client, type Parameter } from "../connect/client.ts";
import { bringUpToDate } from "../open.ts";
import { describeTarget, type Target } from "../connect/target.ts";
import { toText } from "../values.ts";

type Kept = Readonly<Record<string, string | number | null>>;

/** A table that moves, with the PostgreSQL types of its columns; each has the same name on both sides. */
interface Table {
  readonly name: string;
  readonly columns: Readonly<Record<string, string>>;
}

const RUNS: Table = {
  name: "runs",
  columns: {
    numbered_id: "int8",
    id: "uuid",
    package: "text",
    action: "text",
    status: "int2",
    input: "text",
    result: "text",
    error: "text",
    request_id: "text",
    callback_url: "text",
    callback_host: "text",
    detached: "bool",
    detached_at: "int8",
    has_artifacts: "bool",
    attempt: "int4",
    next_attempt_at: "int8",
    created_at: "int8",
    started_at: "int8",
    finished_at: "int8",
    run_ms: "float8",
    traceparent: "text",
    tracestate: "text",
    start_timeout_ms: "float8",
    run_timeout_ms: "float8",
    owner: "text",
    idempotency_key: "text",
    fingerprint: "text",
    sent_secrets: "bool",
  },
};
/** What belongs to runs, by the column that says to which: before a table come those that it refers to. */
const OF_RUNS: readonly (Table & { readonly of: "run" | "run_id" })[] = [
  {
    name: "log_entries",
    of: "run",
    columns: {
      run: "int8",
      first_seq: "int4",
      last_seq: "int4",
      bytes: "int8",
      text: "text",
    },
  },
  {
    name: "progress",
    of: "run",
    columns: { run: "int8", at: "int8", fraction: "float8", message: "text" },
  },
  {
    name: "deliveries",
    of: "run_id",
    columns: {
      run_id: "uuid",
      url: "text",
      host: "text",
      state: "text",
      attempt_count: "int4",
      next_attempt_at: "int8",
      created_at: "int8",
      owner: "text",
    },
  },
  {
    name: "delivery_attempts",
    of: "run_id",
    columns: {
      run_id: "uuid",
      number: "int4",
      at: "int8",
      http_status: "int4",
      ms: "float8",
      error: "text",
    },
  },
];
const KEYS: Table = {
  name: "keys",
  columns: {
    id: "text",
    name: "text",
    hash: "text",
    scopes: "text[]",
    packages: "text[]",
    created_at: "int8",
    expires_at: "int8",
    revoked_at: "int8",
    last_used_at: "int8",
  },
};

/** Runs that are moved in one transaction: so many, and as long as they have no more text than this. */
const STEP = 500;
const STEP_LENGTH = 8 * 1024 ** 2;

/** How long a step may take. */
const DEADLINE_MS = 60_000;

export interface Imported {
  /** In this call: an earlier one may have moved others. */
  readonly runCount: number;
  readonly keyCount: number;
  /** Of the runs, those that were running and are recorded as interrupted. */
  readonly interruptedCount: number;
}

interface ImportOptions {
  readonly folder: string;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  /** Told of how many runs have been moved, after each step. */
  readonly onProgress: (runCount: number) => void;
}

/** @throws {StoreError} as `importFolder`, and when the database cannot be used */
export async function importInto(
  target: Target,
  options: ImportOptions,
): Promise<Imported> {
  await using client = new Client(target, { deadlineMs: DEADLINE_MS });
  await bringUpToDate(target, client, { connectionCount: 1 });
  return await untilAnswered(
    () => importFolder(client, options),
    `The database ${describeTarget(target)}`,
  );
}

/** @throws {StoreError} when a server uses the folder, or the database has runs of its own that took the same numbers */
async function importFolder(
  client: Pick<Client, "transaction">,
  options: ImportOptions,
): Promise<Imported> {
  const { folder, now, onProgress } = options;
  bringFolderUpToDate(folder);
  using _ = lockFolder(folder);
  using sqlite = new Database(join(folder, "actiond.db"), { readwrite: true });
  sqlite.run("PRAGMA query_only = ON");
  const last = Number(
    sqlite.query("SELECT max(numbered_id) FROM runs").values()[0]?.[0] ?? 0,
  );
  const { after: start, keyCount } = await client.transaction(async (ask) => ({
    after: await findStart(ask, sqlite, last),
    keyCount: await importKeys(ask, sqlite),
  }));
  let after = start;
  let runCount = 0;
  let interruptedCount = 0;
  for (;;) {
    const rows = takeRuns(sqlite, after);
    const newest = rows.at(-1);
    if (newest === undefined) return { runCount, keyCount, interruptedCount };
    const running = rows.filter(({ status }) => status === 1);
    await client.transaction(async (ask) => {
      await insert(
        ask,
        RUNS,
        rows.map((row) => settle(row, now)),
      );
      for (const table of OF_RUNS)
        await insert(ask, table, takeOfRuns(sqlite, table, rows));
      await owe(ask, running, now);
    });
    runCount += rows.length;
    interruptedCount += running.length;
    after = Number(newest["numbered_id"]);
    onProgress(runCount);
  }
}

/** Runs that are accepted from now on get later numbers. @returns the number of the last run that was moved before */
async function findStart(
  ask: Ask,
  sqlite: Database,
  last: number,
): Promise<number> {
  for (const [table, newest] of [
    ["runs", last],
    ["deliveries", 0],
  ] as const)
    await ask(
      `select setval(pg_get_serial_sequence('"actiond".${table}', 'numbered_id'),
         greatest($1::int8, coalesce(max(numbered_id), 0), 1)) from "actiond".${table}`,
      [newest],
    );
  const [row] = await ask(
    `select numbered_id, id from "actiond".runs where numbered_id <= $1::int8
     order by numbered_id desc limit 1`,
    [last],
  );
  if (row === undefined) return 0;
  const [number, id] = row as [string, string];
  const [same] = sqlite
    .query("SELECT 1 FROM runs WHERE numbered_id = ? AND id = ?")
    .values(number, id);
  if (same !== undefined) return Number(number);
  throw new StoreError(
    `The database has runs of its own: the number ${number} is taken by ${id}, which is not in the data folder. Import before the fleet is used, or into another schema (--database-schema).`,
  );
}

async function importKeys(ask: Ask, sqlite: Database): Promise<number> {
  const rows = sqlite
    .query<Kept, []>("SELECT * FROM keys ORDER BY created_at, rowid")
    .all();
  let count = 0;
  const names = Object.keys(KEYS.columns);
  for (const row of rows) {
    const values = names.map((name): Parameter => {
      const value = row[name] ?? null;
      const isList = KEYS.columns[name] === "text[]";
      return isList && value !== null
        ? (JSON.parse(String(value)) as string[])
        : value;
    });
    const added = await ask(
      `insert into "actiond".keys (${names.join(", ")})
       values (${names.map((name, place) => `$${place + 1}::${KEYS.columns[name]}`).join(", ")})
       on conflict do nothing returning 1`,
      values,
    );
    count += added.length;
  }
  await ask(`update "actiond".meta set keys_version = keys_version + 1`);
  return count;
}

function takeRuns(sqlite: Database, after: number): Kept[] {
  const rows: Kept[] = [];
  let length = 0;
  const found = sqlite
    .query<Kept, [number]>(
      `SELECT * FROM runs WHERE numbered_id > ? ORDER BY numbered_id LIMIT ${STEP}`,
    )
    .iterate(after);
  for (const row of found) {
    rows.push(row);
    length += [row["input"], row["result"]].join("").length;
    if (length > STEP_LENGTH) break;
  }
  return rows;
}

function takeOfRuns(
  sqlite: Database,
  { name, of }: (typeof OF_RUNS)[number],
  runs: readonly Kept[],
): Kept[] {
  const ids = runs.map((run) => run[of === "run" ? "numbered_id" : "id"]);
  return sqlite
    .query<Kept, [string]>(
      `SELECT * FROM ${name} WHERE ${of} IN (SELECT value FROM json_each(?)) ORDER BY rowid`,
    )
    .all(JSON.stringify(ids));
}

/** Nobody waits for a run any more that the folder's server has left, and none of them is running. */
function settle(run: Kept, now: number): Kept {
  const { status } = run;
  if (status !== 0 && status !== 1) return run;
  if (status === 0) return { ...run, detached: 1 };
  const { error } = interrupted();
  return {
    ...run,
    detached: 1,
    status: 4,
    error: JSON.stringify(error),
    finished_at: now,
    next_attempt_at: null,
  };
}

async function owe(ask: Ask, runs: readonly Kept[], now: number) {
  await ask(
    `insert into "actiond".deliveries (run_id, url, host, state, next_attempt_at, created_at, owner)
     select id, callback_url, callback_host, 'pending', $2::int8, $2::int8, owner from "actiond".runs
     where id = any($1::uuid[]) and callback_url is not null on conflict do nothing`,
    [runs.map(({ id }) => String(id)), now],
  );
}

async function insert(
  ask: Ask,
  { name, columns }: Table,
  rows: readonly Kept[],
): Promise<void> {
  if (rows.length === 0) return;
  const names = Object.keys(columns);
  const arrays = names.map((column) =>
    rows.map((row) => toValue(row[column] ?? null, columns[column] ?? "text")),
  );
  await ask(
    `insert into "actiond".${name} (${names.join(", ")})
     select * from unnest(${names.map((column, place) => `$${place + 1}::${columns[column]}[]`).join(", ")})
     on conflict do nothing`,
    arrays,
  );
}

function toValue(value: string | number | null, type: string) {
  if (type === "bool") return value === 1;
  return typeof value === "string" ? toText(value) : value;
}
