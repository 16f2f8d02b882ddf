/**
 * The tables of a fleet. Change them here, then run `bun run migrations:postgres` to write the SQL that `migrate.ts`
 * applies. All SQL names the schema "actiond", which a client replaces by that of `--database-schema`.
 */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Scope } from "../../access/caller.ts";
import type { DeliveryState } from "../../run/delivery/delivery.ts";

export const schema = pgSchema("actiond");

const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
/** Milliseconds since 1970 UTC. */
const moment = (name: string) => bigint(name, { mode: "number" });
const numberedId = () =>
  bigint("numbered_id", { mode: "number" })
    .primaryKey()
    .generatedByDefaultAsIdentity();

/** What callers and actions wrote is text: JSON in our sense may have what `jsonb` refuses, such as U+0000. */
export const runs = schema.table(
  "runs",
  {
    numberedId: numberedId(),
    id: uuid("id").notNull(),
    package: text("package").notNull(),
    action: text("action").notNull(),
    /** Index into `STATUSES`. */
    status: smallint("status").notNull(),
    input: text("input").notNull(),
    result: text("result"),
    error: text("error"),
    requestId: text("request_id").notNull().default(""),
    callbackUrl: text("callback_url"),
    /** Host and port of the callback URL: deliveries are fair between hosts. */
    callbackHost: text("callback_host"),
    detached: boolean("detached").notNull().default(false),
    detachedAt: moment("detached_at"),
    hasArtifacts: boolean("has_artifacts").notNull().default(false),
    attempt: integer("attempt").notNull().default(1),
    nextAttemptAt: moment("next_attempt_at"),
    createdAt: moment("created_at").notNull(),
    startedAt: moment("started_at"),
    finishedAt: moment("finished_at"),
    runMs: doublePrecision("run_ms"),
    traceparent: text("traceparent"),
    tracestate: text("tracestate"),
    startTimeoutMs: doublePrecision("start_timeout_ms"),
    runTimeoutMs: doublePrecision("run_timeout_ms"),
    owner: text("owner").notNull().default(""),
    idempotencyKey: text("idempotency_key"),
    fingerprint: text("fingerprint"),
    /** Whether secrets came with its request, which only the replica that accepted it has. */
    sentSecrets: boolean("sent_secrets").notNull().default(false),
    /** A hash of the action and its concurrency key; null where the action has no limit of its own. */
    lane: text("lane"),
    /**
     * Which of the queued runs of its action and lane comes first. Those of each key are numbered through from the first
     * one that waits, so keys take turns.
     */
    turn: bigint("turn", { mode: "number" }).notNull().default(0),
    /** 0: it is interrupted when its replica dies; n: it is begun n times in all. */
    retryLimit: smallint("retry_limit").notNull().default(0),
    /** Of the action: only a replica that has this version may claim the run. */
    actionVersion: text("action_version").notNull().default(""),
    /** The replica whose caller waits; null when it was imported. */
    acceptedBy: uuid("accepted_by"),
    /** The replica that carries it; null while it is queued or backs off. */
    replica: uuid("replica"),
    /** Whether its code may be running, which is what limits count. */
    holding: boolean("holding").notNull().default(false),
    /** The replica that recorded the outcome. */
    finishedBy: uuid("finished_by"),
  },
  (table) => [
    unique("runs_id").on(table.id),
    uniqueIndex("runs_idempotency_key")
      .on(table.idempotencyKey, table.owner)
      .where(sql`${table.idempotencyKey} is not null`),
    index("runs_request_id")
      .on(table.requestId, table.owner, table.numberedId)
      .where(sql`${table.requestId} <> ''`),
    index("runs_owner")
      .on(
        table.owner,
        table.package,
        table.action,
        table.status,
        table.numberedId,
      )
      .where(sql`${table.owner} <> ''`),
    index("runs_action").on(
      table.package,
      table.action,
      table.status,
      table.numberedId,
    ),
    index("runs_queue")
      .on(table.package, table.action, table.lane, table.numberedId)
      .where(sql`${table.status} = 0`),
    index("runs_turns")
      .on(
        table.package,
        table.action,
        sql`coalesce(${table.lane}, '')`,
        table.turn,
        table.numberedId,
      )
      .where(sql`${table.status} = 0`),
    index("runs_owner_turns")
      .on(
        table.owner,
        table.package,
        table.action,
        sql`coalesce(${table.lane}, '')`,
        table.turn,
      )
      .where(sql`${table.status} = 0`),
    index("runs_lane")
      .on(table.lane)
      .where(sql`${table.holding} and ${table.lane} is not null`),
    index("runs_replica")
      .on(table.replica)
      .where(sql`${table.status} = 1 or ${table.holding}`),
    index("runs_caller")
      .on(table.acceptedBy)
      .where(sql`${table.status} < 2 and not ${table.detached}`),
    index("runs_due")
      .on(table.nextAttemptAt)
      .where(sql`${table.status} = 1 and ${table.replica} is null`),
  ],
);

/** What runs have logged: entries that were written together, as lines of JSON. */
export const logEntries = schema.table(
  "log_entries",
  {
    run: bigint("run", { mode: "number" })
      .notNull()
      .references(() => runs.numberedId, { onDelete: "cascade" }),
    firstSeq: integer("first_seq").notNull(),
    lastSeq: integer("last_seq").notNull(),
    /** Of the whole log up to here. */
    bytes: bigint("bytes", { mode: "number" }).notNull(),
    text: text("text").notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.lastSeq] })],
);

/** How far runs say they have come: the latest of each. */
export const progress = schema.table("progress", {
  run: bigint("run", { mode: "number" })
    .primaryKey()
    .references(() => runs.numberedId, { onDelete: "cascade" }),
  at: moment("at").notNull(),
  fraction: doublePrecision("fraction").notNull(),
  message: text("message"),
});

export const deliveries = schema.table(
  "deliveries",
  {
    numberedId: numberedId(),
    runId: uuid("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    url: text("url").notNull(),
    host: text("host").notNull(),
    state: text("state").$type<DeliveryState>().notNull(),
    attemptCount: integer("attempt_count").notNull().default(0),
    nextAttemptAt: moment("next_attempt_at"),
    createdAt: moment("created_at").notNull(),
    /** Of its run. */
    owner: text("owner").notNull().default(""),
    /** The replica that attempts it now. */
    leasedBy: uuid("leased_by"),
  },
  (table) => [
    unique("deliveries_run_id").on(table.runId),
    index("deliveries_due")
      .on(table.owner, table.host, table.nextAttemptAt)
      .where(sql`${table.state} = 'pending'`),
    index("deliveries_state").on(table.state, table.numberedId),
    index("deliveries_owner")
      .on(table.owner, table.state, table.numberedId)
      .where(sql`${table.owner} <> ''`),
    index("deliveries_leased")
      .on(table.leasedBy)
      .where(sql`${table.leasedBy} is not null`),
  ],
);

export const deliveryAttempts = schema.table(
  "delivery_attempts",
  {
    runId: uuid("run_id")
      .notNull()
      .references(() => deliveries.runId, { onDelete: "cascade" }),
    number: integer("number").notNull(),
    at: moment("at").notNull(),
    httpStatus: integer("http_status"),
    ms: doublePrecision("ms").notNull(),
    error: text("error"),
  },
  (table) => [primaryKey({ columns: [table.runId, table.number] })],
);

export const keys = schema.table(
  "keys",
  {
    /** In order of creation, where moments are the same. */
    numberedId: bigint("numbered_id", {
      mode: "number",
    }).generatedByDefaultAsIdentity(),
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    hash: text("hash").notNull().unique(),
    scopes: text("scopes").array().$type<Scope[]>().notNull(),
    packages: text("packages").array(),
    createdAt: moment("created_at").notNull(),
    expiresAt: moment("expires_at"),
    revokedAt: moment("revoked_at"),
    lastUsedAt: moment("last_used_at"),
  },
  (table) => [
    // Where keys were revoked, their names can be given again.
    uniqueIndex("keys_name")
      .on(table.name)
      .where(sql`${table.revokedAt} is null`),
  ],
);

/** The processes of the fleet, those that have died included while a run or a delivery names them. */
export const replicas = schema.table("replicas", {
  /** Made for each start: a name that is used again would own what the one before left. */
  id: uuid("id").primaryKey(),
  /** Goes up while the replica lives. */
  beat: bigint("beat", { mode: "number" }).notNull().default(0),
  /** The number of its last flush: each is made once. */
  flush: bigint("flush", { mode: "number" }).notNull().default(0),
  /** What was answered to the changes of the last flush that its rows do not tell; JSON. */
  answers: text("answers"),
  draining: boolean("draining").notNull().default(false),
  dead: boolean("dead").notNull().default(false),
  version: text("version").notNull(),
  /** The versions of its actions, by address. */
  actions: jsonb("actions").$type<Record<string, string>>().notNull(),
  startedAt: timestamp("started_at", { withTimezone: true })
    .notNull()
    .default(sql`clock_timestamp()`),
});

/**
 * What became true of runs, while somebody follows all of them: see `EventStore`. Triggers write it, in the transaction
 * that makes it true.
 */
export const runEvents = schema.table(
  "run_events",
  {
    /** As it was written: of two transactions, the one with the lower numbers may commit later. */
    seq: bigint("seq", { mode: "number" })
      .notNull()
      .generatedByDefaultAsIdentity(),
    /** In the order that readers know; null until it is given one, which is never before it is committed. */
    place: bigint("place", { mode: "number" }),
    run: bigint("run", { mode: "number" }).notNull(),
    /** A sum of `FACTS`. */
    facts: smallint("facts").notNull(),
    /** Which of several facts it is, such as the number of an entry of the log. */
    number: bigint("number", { mode: "number" }).notNull(),
  },
  (table) => [
    index("run_events_place")
      .on(table.place)
      .where(sql`${table.place} is not null`),
    index("run_events_new")
      .on(table.seq)
      .where(sql`${table.place} is null`),
  ],
);

/** Files that runs have left. */
export const artifacts = schema.table(
  "artifacts",
  {
    /** Of a later writing of the same file it is larger. */
    id: uuid("id").primaryKey(),
    run: bigint("run", { mode: "number" })
      .notNull()
      .references(() => runs.numberedId, { onDelete: "cascade" }),
    name: text("name").notNull(),
    bytes: bigint("bytes", { mode: "number" }).notNull(),
    at: moment("at").notNull(),
    /** Whether all of its pieces are there. */
    isComplete: boolean("is_complete").notNull().default(false),
  },
  (table) => [index("artifacts_run").on(table.run, table.name)],
);

/** The contents of files, in pieces of the same size but for the last. */
export const artifactPieces = schema.table(
  "artifact_pieces",
  {
    artifact: uuid("artifact")
      .notNull()
      .references(() => artifacts.id, { onDelete: "cascade" }),
    number: integer("number").notNull(),
    data: bytea("data").notNull(),
  },
  (table) => [primaryKey({ columns: [table.artifact, table.number] })],
);

/** How far the order of events goes. One row. */
export const feed = schema.table("feed", {
  /** Always 1. */
  id: smallint("id").primaryKey(),
  /** Until when events are written, on the clock of the database. */
  keptUntil: timestamp("kept_until", { withTimezone: true }).notNull(),
  /** What came after this place is known. */
  first: bigint("first", { mode: "number" }).notNull(),
  /** The place that was given last. */
  last: bigint("last", { mode: "number" }).notNull(),
});

/** One row. */
export const meta = schema.table("meta", {
  /** Always 1. */
  id: smallint("id").primaryKey(),
  /** The oldest program that may use the tables: see `SCHEMA_VERSION`. */
  minVersion: integer("min_version").notNull(),
  schemaVersion: integer("schema_version").notNull(),
  /** Goes up with each change of the keys. */
  keysVersion: bigint("keys_version", { mode: "number" }).notNull().default(0),
});
