/** The columns of runs as they are written and read. */
import { type Run, STATUSES } from "../../run/run.ts";
import type { Row, Value } from "./connect/client.ts";
import { type FoldedRun, statusOf } from "./write/fold.ts";

/** What a column of a statement is given for each row of a flush. */
export interface Column {
  readonly name: string;
  /** Of PostgreSQL. */
  readonly type: string;
  readonly of: (run: FoldedRun, me: string) => Value;
}

/** What an outcome says. */
const ENDED: readonly Column[] = [
  column("status", "int2", (run) => statusOf(run) ?? null),
  column("result", "text", ({ end }) =>
    end?.outcome.status === "passed" ? end.outcome.result : null,
  ),
  column("error", "text", ({ end }) =>
    end === undefined || end.outcome.status === "passed"
      ? null
      : JSON.stringify(end.outcome.error),
  ),
  column("finished_at", "int8", ({ end }) => end?.at ?? null),
  column("run_ms", "float8", ({ end }) => end?.runMs ?? null),
];

/** What any change may say. */
const CHANGED: readonly Column[] = [
  column("id", "uuid", ({ id }) => id),
  column("started_at", "int8", ({ startedAt }) => startedAt ?? null),
  column("next_attempt_at", "int8", (run) => run.nextAttemptAt ?? null),
  column("detached", "bool", ({ isDetached }) => isDetached),
  column("detached_at", "int8", ({ detachedAt }) => detachedAt ?? null),
  ...ENDED,
];

export const INSERTED: readonly Column[] = [
  ...CHANGED,
  given("package", "text", (run) => run.package),
  given("action", "text", (run) => run.action),
  given("input", "text", (run) => run.input),
  given("request_id", "text", (run) => run.requestId),
  given("callback_url", "text", (run) => run.callbackUrl),
  given("callback_host", "text", ({ callbackUrl }) =>
    callbackUrl === null ? null : new URL(callbackUrl).host,
  ),
  column("attempt", "int4", ({ attempt }) => attempt ?? 1),
  given("created_at", "int8", (run) => run.createdAt),
  given("traceparent", "text", (run) => run.traceparent),
  given("tracestate", "text", (run) => run.tracestate),
  given("start_timeout_ms", "float8", (run) => run.startTimeoutMs),
  given("run_timeout_ms", "float8", (run) => run.runTimeoutMs),
  given("owner", "text", (run) => run.owner),
  given("idempotency_key", "text", (run) => run.idempotencyKey),
  given("fingerprint", "text", (run) => run.fingerprint),
  given("sent_secrets", "bool", (run) => run.sentSecrets),
  given("lane", "text", (run) => run.lane ?? null),
  given("retry_limit", "int2", (run) => run.retryLimit ?? 0),
  given("action_version", "text", (run) => run.actionVersion ?? ""),
  column("accepted_by", "uuid", (_run, me) => me),
  column("replica", "uuid", (run, me) => (run.isCarried === true ? me : null)),
  column("holding", "bool", (run) => run.isHolding === true),
  column("finished_by", "uuid", ({ end }, me) =>
    end === undefined ? null : me,
  ),
];

export const UPDATED: readonly Column[] = [
  ...CHANGED,
  column("attempt", "int4", ({ attempt }) => attempt ?? null),
  column("sets_next", "bool", (run) => run.nextAttemptAt !== undefined),
  column("is_own", "bool", ({ isOwn }) => isOwn),
  column("is_unheard", "bool", ({ isUnheard }) => isUnheard),
  column("owed_at", "int8", ({ owedAt }) => owedAt ?? null),
  column("carried", "bool", ({ isCarried }) => isCarried ?? null),
  column("holding", "bool", ({ isHolding }) => isHolding ?? null),
];

/** In the order in which `toRun` reads them. */
const READ = [
  "numbered_id",
  "id",
  "package",
  "action",
  "status",
  "input",
  "result",
  "error",
  "request_id",
  "callback_url",
  "detached",
  "detached_at",
  "has_artifacts",
  "attempt",
  "next_attempt_at",
  "created_at",
  "started_at",
  "finished_at",
  "run_ms",
  "traceparent",
  "tracestate",
  "start_timeout_ms",
  "run_timeout_ms",
  "owner",
  "idempotency_key",
  "fingerprint",
  "sent_secrets",
] as const;

/** The columns of a run, of the table `r`; a lean one has no input and no result. */
export function readColumns(isLean = false): string {
  return READ.map((name) => {
    if (isLean && name === "input") return "''";
    if (isLean && name === "result") return "null::text";
    return `r.${name}`;
  }).join(", ");
}

/** A row of `readColumns` in the words of the domain. */
export function toRun(row: Row): Run {
  const values = Object.fromEntries(
    READ.map((name, index) => [name, row[index]]),
  ) as Record<(typeof READ)[number], never>;
  const status = STATUSES[values.status] ?? "queued";
  const error = values.error as string | null;
  return {
    numberedId: Number(values.numbered_id),
    id: values.id,
    package: values.package,
    action: values.action,
    status,
    input: values.input,
    result: values.result,
    error: error === null ? null : JSON.parse(error),
    requestId: values.request_id,
    callbackUrl: values.callback_url,
    detached: values.detached,
    detachedAt: toMoment(values.detached_at),
    hasArtifacts: values.has_artifacts,
    attempt: values.attempt,
    // An end does not erase it.
    nextAttemptAt:
      status === "running" ? toMoment(values.next_attempt_at) : null,
    createdAt: Number(values.created_at),
    startedAt: toMoment(values.started_at),
    finishedAt: toMoment(values.finished_at),
    runMs: values.run_ms,
    traceparent: values.traceparent,
    tracestate: values.tracestate,
    startTimeoutMs: values.start_timeout_ms,
    runTimeoutMs: values.run_timeout_ms,
    owner: values.owner,
    idempotencyKey: values.idempotency_key,
    fingerprint: values.fingerprint,
    sentSecrets: values.sent_secrets,
  };
}

/** 64-bit integers come as text. */
export function toMoment(value: string | null): number | null {
  return value === null ? null : Number(value);
}

function column(name: string, type: string, of: Column["of"]): Column {
  return { name, type, of };
}

/** A column that an insertion is given, and that no later change has. */
function given(
  name: string,
  type: string,
  of: (run: NonNullable<FoldedRun["insert"]>["run"]) => Value,
): Column {
  return column(name, type, ({ insert }) =>
    insert === undefined ? null : of(insert.run),
  );
}
