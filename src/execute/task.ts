/** What is executed, and by what: the words that runs and executors share. */
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import type { RunFacts } from "../run/events.ts";
import type { Outcome } from "../run/run.ts";
import type { SentRequest } from "../secrets/sent-request.ts";

/** What an executor needs to know of a run. */
export interface Task extends RunFacts {
  readonly attempt: number;
  readonly entry: CatalogEntry;
  readonly input: unknown;
  /** What came with its request; undefined when that is not known, as after a restart. */
  readonly sent: SentRequest | undefined;
  /** The name of the key that it was started with; "" where nobody had one. */
  readonly callerName: string;
  /** W3C trace context that its code belongs to. */
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  /** Aborts when the code should end. */
  readonly signal: AbortSignal;
  readonly isEndedEarly: boolean;
  /** Keeps something until the run has its outcome; where it is missing, nothing is kept. */
  holdUntilEnd?(held: Disposable): void;
  /** Takes what the code has yielded, as JSON, for a caller that wants each chunk at once. */
  addChunk?(text: string): void;
}

/**
 * Runs the code of a task. It answers at once when the code has ended within its call, else with a promise that never
 * rejects and resolves when the code has ended.
 */
export type Executor = (task: Task) => Outcome | Promise<Outcome>;
