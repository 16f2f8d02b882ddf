/** The tables. Change them here, then run `bun run migrations` to write the SQL that `migrations.ts` applies at start. */
import { sql } from "drizzle-orm";
import {
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { Scope } from "../../access/caller.ts";
import type { DeliveryState } from "../../run/delivery/delivery.ts";
import type { RunError } from "../../run/run.ts";

export const runs = sqliteTable(
  "runs",
  {
    numberedId: integer("numbered_id").primaryKey({ autoIncrement: true }),
    id: text("id").notNull(),
    package: text("package").notNull(),
    action: text("action").notNull(),
    /** Index into `STATUSES`. */
    status: integer("status").notNull(),
    input: text("input").notNull(),
    result: text("result"),
    error: text("error", { mode: "json" }).$type<RunError>(),
    requestId: text("request_id").notNull().default(""),
    callbackUrl: text("callback_url"),
    /** Host and port of the callback URL: deliveries are fair between hosts. */
    callbackHost: text("callback_host"),
    detached: integer("detached", { mode: "boolean" }).notNull().default(false),
    /** When its caller was told; null when its connection broke first, and for what was detached before this was recorded. */
    detachedAt: integer("detached_at"),
    /** Whether it has left files: see `run/artifacts/`. */
    hasArtifacts: integer("has_artifacts", { mode: "boolean" })
      .notNull()
      .default(false),
    attempt: integer("attempt").notNull().default(1),
    /** When a run that backs off is tried again. */
    nextAttemptAt: integer("next_attempt_at"),
    createdAt: integer("created_at").notNull(),
    startedAt: integer("started_at"),
    finishedAt: integer("finished_at"),
    runMs: real("run_ms"),
    traceparent: text("traceparent"),
    tracestate: text("tracestate"),
    /** How long it may be queued, and may run; null where there is no limit. */
    startTimeoutMs: real("start_timeout_ms"),
    runTimeoutMs: real("run_timeout_ms"),
    /** The key it was started with; "" where nobody had one. */
    owner: text("owner").notNull().default(""),
    idempotencyKey: text("idempotency_key"),
    /** Of the action and its input: tells a repeated request from another one under the same key. */
    fingerprint: text("fingerprint"),
    /** Whether secrets came with its request, which are kept nowhere. */
    sentSecrets: integer("sent_secrets", { mode: "boolean" })
      .notNull()
      .default(false),
  },
  (table) => [
    uniqueIndex("runs_id").on(table.id),
    index("runs_request_id")
      .on(table.requestId, table.owner)
      .where(sql`${table.requestId} <> ''`),
    uniqueIndex("runs_idempotency_key")
      .on(table.idempotencyKey, table.owner)
      .where(sql`${table.idempotencyKey} IS NOT NULL`),
    // Every list is merged from the groups of these two: see `thread/newest-runs.ts`.
    index("runs_owner")
      .on(table.owner, table.package, table.action, table.status)
      .where(sql`${table.owner} <> ''`),
    index("runs_action").on(table.package, table.action, table.status),
  ],
);

/** What runs have logged: entries that were written together, as lines of JSON. */
export const logEntries = sqliteTable(
  "log_entries",
  {
    run: integer("run")
      .notNull()
      .references(() => runs.numberedId, { onDelete: "cascade" }),
    firstSeq: integer("first_seq").notNull(),
    lastSeq: integer("last_seq").notNull(),
    /** Of the whole log up to here. */
    bytes: integer("bytes").notNull(),
    text: text("text").notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.lastSeq] })],
);

/** How far runs say they have come: the latest of each. */
export const progress = sqliteTable("progress", {
  run: integer("run")
    .primaryKey()
    .references(() => runs.numberedId, { onDelete: "cascade" }),
  at: integer("at").notNull(),
  fraction: real("fraction").notNull(),
  message: text("message"),
});

/**
 * In which order facts about runs became true, of the latest writes and only while somebody follows all runs. Triggers
 * write it: see `kept-log/event-triggers.ts`.
 */
export const runEvents = sqliteTable("run_events", {
  seq: integer("seq").primaryKey(),
  /** 0 in a row that only says where the order begins. */
  run: integer("run").notNull(),
  /** Which facts: a sum of `FACTS`. */
  facts: integer("facts").notNull(),
  /** Which of several: the last entry of the log, or the attempt. Else the moment of the start, of progress or of the debt. */
  number: integer("number").notNull(),
});

export const deliveries = sqliteTable(
  "deliveries",
  {
    numberedId: integer("numbered_id").primaryKey({ autoIncrement: true }),
    runId: text("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    url: text("url").notNull(),
    host: text("host").notNull(),
    state: text("state").$type<DeliveryState>().notNull(),
    attemptCount: integer("attempt_count").notNull().default(0),
    nextAttemptAt: integer("next_attempt_at"),
    createdAt: integer("created_at").notNull(),
    /** Of its run. */
    owner: text("owner").notNull().default(""),
  },
  (table) => [
    uniqueIndex("deliveries_run_id").on(table.runId),
    index("deliveries_due")
      .on(table.owner, table.host, table.nextAttemptAt)
      .where(sql`${table.state} = 'pending'`),
    index("deliveries_state").on(table.state),
    index("deliveries_owner")
      .on(table.owner, table.state)
      .where(sql`${table.owner} <> ''`),
  ],
);

export const deliveryAttempts = sqliteTable(
  "delivery_attempts",
  {
    runId: text("run_id")
      .notNull()
      .references(() => deliveries.runId, { onDelete: "cascade" }),
    number: integer("number").notNull(),
    at: integer("at").notNull(),
    httpStatus: integer("http_status"),
    ms: real("ms").notNull(),
    error: text("error"),
  },
  (table) => [primaryKey({ columns: [table.runId, table.number] })],
);

export const keys = sqliteTable(
  "keys",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    hash: text("hash").notNull().unique(),
    scopes: text("scopes", { mode: "json" })
      .$type<readonly Scope[]>()
      .notNull(),
    packages: text("packages", { mode: "json" }).$type<readonly string[]>(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at"),
    revokedAt: integer("revoked_at"),
    lastUsedAt: integer("last_used_at"),
  },
  (table) => [
    // Where keys were revoked, their names can be given again.
    uniqueIndex("keys_name")
      .on(table.name)
      .where(sql`${table.revokedAt} IS NULL`),
  ],
);
