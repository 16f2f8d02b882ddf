/** The objects of the HTTP API as the console reads them. */

export type State = "queued" | "running" | "passed" | "failed" | "cancelled";

export const STATES: readonly State[] = [
  "queued",
  "running",
  "passed",
  "failed",
  "cancelled",
];

interface RunError {
  readonly code: string;
  readonly message: string;
  readonly data?: unknown;
  /** Present for callers that may read stacks. */
  readonly stack?: string;
}

/** What a list shows of a run: everything but its input and result. */
export interface RunSummary {
  readonly id: string;
  readonly numbered_id: number;
  readonly action_id: string;
  readonly state: State;
  readonly package: string;
  readonly action: string;
  readonly created_time: string;
  readonly start_time: string;
  readonly finish_time: string | null;
  /** Seconds. */
  readonly run_time: number | null;
  readonly request_id: string;
  readonly error_message: string | null;
  readonly error: RunError | null;
  readonly attempt: number;
  readonly next_attempt_time: string | null;
  readonly detached: boolean;
  /** Of the key it was started with; "" where nobody had one. */
  readonly key_id: string;
}

export const SUMMARY_FIELDS: readonly (keyof RunSummary)[] = [
  "id",
  "numbered_id",
  "action_id",
  "state",
  "package",
  "action",
  "created_time",
  "start_time",
  "finish_time",
  "run_time",
  "request_id",
  "error_message",
  "error",
  "attempt",
  "next_attempt_time",
  "detached",
  "key_id",
];

export interface Action {
  readonly package: string;
  readonly action: string;
  readonly address: string;
  readonly url: string;
  readonly description: string;
  readonly input_schema: Record<string, unknown>;
  readonly output_schema: Record<string, unknown> | null;
  readonly isolation: string;
  readonly concurrency: number | null;
  readonly concurrency_per_key: boolean;
  readonly queue: number | null;
  readonly retries: { readonly attempts: number } | null;
  readonly running: number;
}

export type DeliveryState = "pending" | "delivered" | "refused" | "dead";

export const DELIVERY_STATES: readonly DeliveryState[] = [
  "pending",
  "dead",
  "refused",
  "delivered",
];

export interface Delivery {
  readonly run_id: string;
  readonly numbered_id: number;
  readonly url: string;
  readonly host: string;
  readonly state: DeliveryState;
  readonly attempt_count: number;
  readonly next_attempt_time: string | null;
  readonly created_time: string;
}

export interface DeliveryAttempt {
  readonly number: number;
  readonly time: string;
  readonly status: number | null;
  readonly milliseconds: number;
  readonly error: string | null;
}

export interface LogLine {
  readonly seq: number;
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly fields?: Record<string, unknown>;
  readonly stack?: string;
}

/** A fact about a run, from a live stream. */
export interface RunEvent {
  readonly name: string;
  readonly run_id: string;
  readonly time: string;
  readonly [member: string]: unknown;
}

export interface Artifact {
  readonly name: string;
  readonly size: number;
  readonly content_type: string;
  readonly time: string;
}

/** One minute of finished runs. */
export interface Minute {
  readonly time: string;
  readonly passed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
}

export interface ServerState {
  readonly version: string;
  readonly started_time: string;
  readonly url?: string;
  readonly runs: {
    readonly running: number;
    readonly queued: number;
    readonly max_running: number | null;
    readonly max_queued: number | null;
  };
  readonly lingering?: readonly {
    readonly run_id: string;
    readonly action_id: string;
    readonly since: string;
  }[];
  readonly children?: Readonly<Record<string, unknown>>;
  readonly store?: Readonly<Record<string, unknown>>;
  readonly reload_errors?: readonly unknown[];
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly packages: readonly string[] | null;
  readonly state?: string;
  readonly created_time?: string | null;
  readonly expires_time?: string | null;
  readonly last_used_time?: string | null;
}
