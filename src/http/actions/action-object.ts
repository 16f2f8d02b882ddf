/** An action as HTTP shows it. */
import { t } from "elysia";
import type { Isolation } from "../../action/definition.ts";
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
    url: t.String({ description: "The path to which its input is sent." }),
    description: t.String({ description: '"" if it has none.' }),
    input_schema: t.Record(t.String(), t.Unknown(), {
      description: "The JSON Schema of its input.",
    }),
    output_schema: t.Union([t.Record(t.String(), t.Unknown()), t.Null()], {
      description:
        "The JSON Schema of its result; null if the result may be any JSON.",
    }),
    isolation: t.Unsafe<Isolation>({
      type: "string",
      enum: ["in-process", "process"],
      description:
        'Where its code runs. With "process" that is a process of its own, which can be killed.',
    }),
    concurrency: t.Union([plainInteger({ minimum: 1 }), t.Null()], {
      description:
        "How many of its runs may run at once; null for as many as the server runs.",
    }),
    concurrency_per_key: t.Boolean({
      description:
        "Whether `concurrency` limits the runs of each concurrency key rather than all of them.",
    }),
    queue: t.Union([plainInteger({ minimum: 0 }), t.Null()], {
      description:
        "How many of its runs may be queued; null for as many as the server queues.",
    }),
    retries: t.Union(
      [
        t.Object({
          attempts: plainInteger({
            minimum: 1,
            description: "The largest number of attempts.",
          }),
          backoff: t.Number({
            description: "The seconds before the second attempt.",
          }),
          max_backoff: t.Number({
            description: "The most seconds between two attempts.",
          }),
          on: t.Array(t.String(), {
            description:
              "The codes and names of errors that are tried again, besides those that are retryable.",
          }),
        }),
        t.Null(),
      ],
      { description: "How a failed run is tried again; null if it is not." },
    ),
    secrets: t.Array(t.String(), {
      description: "The names of the secrets that its code needs.",
    }),
    running: plainInteger({
      minimum: 0,
      description: "The number of its runs that have started and not ended.",
    }),
    abandoned: plainInteger({
      minimum: 0,
      description:
        "The number of its runs that have ended although their code goes on. Each keeps its slot until the code ends.",
    }),
  },
  { title: "Action" },
);

/**
 * @param options.prefix the path before those of the server
 * @param options.count the runs of the action whose code is running; undefined when there are none
 */
export function toActionObject(
  entry: CatalogEntry,
  {
    prefix,
    count = NO_RUNS,
  }: { prefix: string; count: Readonly<Count> | undefined },
): typeof actionObject.static {
  return {
    package: entry.package,
    action: entry.name,
    address: entry.address,
    url: `${prefix}/api/actions/${entry.address}/run`,
    description: entry.description ?? "",
    input_schema: { ...entry.inputSchema },
    output_schema:
      entry.outputSchema === undefined ? null : { ...entry.outputSchema },
    isolation: entry.isolation,
    concurrency: toLimit(entry.action.concurrency),
    concurrency_per_key: entry.action.concurrencyKey !== undefined,
    queue: toLimit(entry.action.queue),
    retries: toRetries(entry.action.retries),
    secrets: [...entry.action.secrets],
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
