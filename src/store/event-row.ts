/** Facts about runs in the order in which they became true, as rows that either store reads. */
import type { KeptFact, KeptFacts } from "../run/kept-log/event-store.ts";
import { outcomeOf, type RunError, STATUSES } from "../run/run.ts";

/** Facts of one write are a sum of these. */
export const FACTS = {
  accepted: 1,
  detached: 2,
  started: 4,
  finished: 8,
  entries: 16,
  progress: 32,
  owed: 64,
  attempt: 128,
} as const;

/** The members of a row. */
interface Columns {
  readonly seq: number;
  readonly facts: number;
  readonly number: number;
  readonly id: string;
  readonly package: string;
  readonly action: string;
  readonly owner: string;
  readonly requestId: string;
  readonly createdAt: number;
  readonly detachedAt: number;
  readonly finishedAt: number;
  readonly runMs: number | null;
  readonly status: number;
  readonly error: string | null;
  readonly firstSeq: number;
  readonly text: string;
  readonly fraction: number | null;
  readonly message: string | null;
  readonly host: string;
  readonly attemptAt: number;
  readonly httpStatus: number | null;
  readonly ms: number;
  readonly attemptError: string | null;
}

/** The order in which rows have them. */
export const COLUMNS = [
  "seq",
  "facts",
  "number",
  "id",
  "package",
  "action",
  "owner",
  "requestId",
  "createdAt",
  "detachedAt",
  "finishedAt",
  "runMs",
  "status",
  "error",
  "firstSeq",
  "text",
  "fraction",
  "message",
  "host",
  "attemptAt",
  "httpStatus",
  "ms",
  "attemptError",
] as const satisfies readonly (keyof Columns)[];

export function toKeptFacts(row: readonly unknown[]): KeptFacts {
  const values = Object.fromEntries(
    COLUMNS.map((name, index) => [name, row[index]]),
  ) as unknown as Columns;
  return { seq: values.seq, run: values, facts: [...listFacts(values)] };
}

function* listFacts(values: Columns): Generator<KeptFact> {
  const { facts, number } = values;
  const has = (fact: keyof typeof FACTS) => (facts & FACTS[fact]) !== 0;
  if (has("accepted")) yield { kind: "accepted" };
  if (has("detached")) yield { kind: "detached", at: values.detachedAt };
  if (has("started")) yield { kind: "started", at: number };
  if (has("finished")) yield toFinished(values);
  if (has("entries"))
    for (const [index, text] of values.text.split("\n").entries())
      yield { kind: "entry", number: values.firstSeq + index, text };
  const { fraction, message, host } = values;
  if (has("progress") && fraction !== null)
    yield { kind: "progress", progress: { at: number, fraction, message } };
  if (has("owed")) yield { kind: "owed", at: number, host };
  if (has("attempt"))
    yield {
      kind: "callback_attempt",
      attempt: {
        number,
        at: values.attemptAt,
        httpStatus: values.httpStatus,
        ms: values.ms,
        error: values.attemptError,
      },
    };
}

function toFinished({ finishedAt, runMs, status, error }: Columns): KeptFact {
  return {
    kind: "finished",
    at: finishedAt,
    runMs,
    outcome: outcomeOf({
      status: STATUSES[status] ?? "failed",
      // It may be large, and no event says it.
      result: null,
      error: error === null ? null : (JSON.parse(error) as RunError),
    }),
  };
}
