/** An action as HTTP shows it. */
import { t } from "elysia";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import type { RetryPolicy } from "../../action/retries.ts";
import type { Count } from "../../run/active/active-counts.ts";
import { plainInteger } from "../openapi/describe.ts";

const NO_RUNS: Count = { running: 0, lingering: 0 };

export const actionObject = t.Object(
  {
    package: t.String(),
    action: t.String(),
    address: t.String({ description: "{package}/{action}" }),
    url: t.String({ description: "Where to POST its input" }),
    description: t.String({ description: '"" when none' }),
    input_schema: t.Record(t.String(), t.Unknown(), {
      description: "JSON Schema of the input",
    }),
    output_schema: t.Union([t.Record(t.String(), t.Unknown()), t.Null()], {
      description: "JSON Schema of the result; null when it may be any JSON",
    }),
    isolation: t.Union([t.Literal("in-process"), t.Literal("process")], {
      description: "Whether its code runs in a process that can be killed",
    }),
    concurrency: t.Union([plainInteger({ minimum: 1 }), t.Null()], {
      description:
        "How many of its runs may run at once; null: as many as the server runs",
    }),
    concurrency_per_key: t.Boolean({
      description: "That many for each key that the action makes of the input",
    }),
    queue: t.Union([plainInteger({ minimum: 0 }), t.Null()], {
      description:
        "How many of its runs may be queued; null: as many as the server queues",
    }),
    retries: t.Union(
      [
        t.Object({
          attempts: plainInteger({ minimum: 1 }),
          backoff: t.Number({ description: "Seconds" }),
          max_backoff: t.Number({ description: "Seconds" }),
          on: t.Array(t.String(), {
            description:
              "Codes and names of errors, besides those that say they are retryable",
          }),
        }),
        t.Null(),
      ],
      { description: "How often a run that failed is tried; null: once" },
    ),
    running: plainInteger({
      minimum: 0,
      description: "Runs that have started and have no outcome yet",
    }),
    abandoned: plainInteger({
      minimum: 0,
      description:
        "Runs that were cancelled or ran out of time and whose code goes on: each keeps its slot until it ends",
    }),
  },
  { title: "Action" },
);

/** @param count of its runs; undefined when none is in its code */
export function toActionObject(
  entry: CatalogEntry,
  count: Readonly<Count> = NO_RUNS,
): typeof actionObject.static {
  return {
    package: entry.package,
    action: entry.name,
    address: entry.address,
    url: `/api/actions/${entry.address}/run`,
    description: entry.description ?? "",
    input_schema: { ...entry.inputSchema },
    output_schema:
      entry.outputSchema === undefined ? null : { ...entry.outputSchema },
    isolation: entry.isolation,
    concurrency: toLimit(entry.action.concurrency),
    concurrency_per_key: entry.action.concurrencyKey !== undefined,
    queue: toLimit(entry.action.queue),
    retries: toRetries(entry.action.retries),
    running: count.running,
    abandoned: count.lingering,
  };
}

/** JSON has no Infinity. */
function toLimit(count: number): number | null {
  return count === Infinity ? null : count;
}

function toRetries(policy: RetryPolicy | undefined) {
  if (policy === undefined) return null;
  const { attempts, backoffMs, maxBackoffMs, on } = policy;
  return {
    attempts,
    backoff: backoffMs / 1000,
    max_backoff: maxBackoffMs / 1000,
    on: [...on],
  };
}
