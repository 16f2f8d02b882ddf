/** Whatever is asked, in whatever order and however close together: both stores answer the same. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Outcome } from "../../../src/run/run.ts";
import { findPostgres, titleOf } from "../../postgres.ts";
import { makeRun } from "../sqlite/temporary-store.ts";
import { type Kept, openSqlite, usePostgresStores } from "./adapters.ts";

const OUTCOMES: readonly Outcome[] = [
  { status: "passed", result: '{"text":"\\u0000 \\ud800"}' },
  { status: "failed", error: { kind: "crashed", code: "x", message: "\0" } },
  {
    status: "cancelled",
    error: { kind: "run_cancelled", code: "run_cancelled", message: "…" },
  },
];

const RUN_COUNT = 3;
/** Nobody looks at a change, or attempts a delivery, before the change is told. */
const WAITING: ReadonlySet<string> = new Set(
  ["look", "redeliver", "giveUp"].concat(
    "beginAttempt",
    "endAttempt",
    "forgetAttempt",
  ),
);
/** Of the moments that stores take from the clock. */
const NOW = 1_000_000_000_000;

const run = fc.nat(RUN_COUNT - 1);
const time = fc.integer({ min: 1, max: 9 });
const count = fc.nat(2);
const state = fc.constantFrom("pending", "delivered", "refused", "dead");
const step = fc.record({
  run,
  at: time,
  count,
  outcome: fc.constantFrom(...OUTCOMES),
  state,
  isAwaited: fc.boolean(),
  name: fc.constantFrom(
    ...(["start", "postpone", "resume", "detach", "detachUnheard"] as const),
    ...(["finish", "finish", "finish", "delete", "markArtifacts"] as const),
    ...(["append", "setProgress", "beginAttempt", "endAttempt"] as const),
    ...(["forgetAttempt", "giveUp", "redeliver", "look"] as const),
  ),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const newRun = fc.record({
  isKeyed: fc.boolean(),
  isEnded: fc.boolean(),
  detached: fc.boolean(),
  startedAt: fc.constantFrom(null, 1000),
  callbackUrl: fc.constantFrom(null, "http://a.test/", "http://b.test:81/"),
});
type Plan = typeof newRun extends fc.Arbitrary<infer Value> ? Value : never;

describe.skipIf(findPostgres() === undefined)(titleOf("both stores"), () => {
  let stores: readonly [Kept, Kept];
  const openPostgres = usePostgresStores();
  beforeAll(async () => {
    stores = [await openSqlite(), await openPostgres()];
  });
  afterAll(async () => {
    for (const kept of stores) await kept[Symbol.asyncDispose]();
  });

  test("any sequence of changes and look-ups has the same answers on both", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(newRun, { minLength: RUN_COUNT, maxLength: RUN_COUNT }),
        fc.array(step, { maxLength: 15 }),
        async (plans, steps) => {
          const owner = crypto.randomUUID();
          const runs = plans.map(
            ({ isKeyed, detached, startedAt, callbackUrl }) =>
              makeRun({
                detached,
                startedAt,
                callbackUrl,
                owner,
                requestId: owner,
                idempotencyKey: isKeyed ? "k" : null,
              }),
          );
          const [sqlite, postgres] = await Promise.all(
            stores.map((kept) => ask(kept, { runs, plans, steps })),
          );
          expect(postgres).toEqual(sqlite);
        },
      ),
      { numRuns: 60 },
    );
  });
});

async function ask(
  kept: Kept,
  {
    runs,
    plans,
    steps,
  }: {
    runs: readonly ReturnType<typeof makeRun>[];
    plans: readonly Plan[];
    steps: readonly Step[];
  },
): Promise<unknown[]> {
  const asked: Promise<unknown>[] = [];
  for (const [index, one] of runs.entries()) {
    const outcome = OUTCOMES[index % OUTCOMES.length] as Outcome;
    const end = { outcome, at: 5, runMs: 1.5 };
    const isEnded = plans[index]?.isEnded === true && one.startedAt !== null;
    const insert = kept.runs.insert(one, isEnded ? end : undefined);
    asked.push(insert.then((earlier) => earlier?.id));
    // What is answered of an earlier run is as it is later where nobody waits for it.
    if (one.idempotencyKey !== null) await insert;
  }
  for (const each of steps) {
    if (WAITING.has(each.name)) await Promise.all(asked);
    const answer = make(kept, runs[each.run]!, each);
    asked.push(answer);
    if (each.isAwaited || each.name === "look") await answer;
  }
  await Promise.all(asked);
  for (const one of runs) asked.push(look(kept, one));
  const { owner } = runs[0]!;
  const page = await kept.runs.list({ limit: 10, owner });
  asked.push(Promise.resolve([page.runs.map(({ id }) => id), page.hasMore]));
  return (await Promise.all(asked)).map(withoutTimes);
}

async function make(
  kept: Kept,
  one: ReturnType<typeof makeRun>,
  { name, at, count: number, outcome, state: next }: Step,
): Promise<unknown> {
  const { runs, logs, deliveries } = kept;
  const { id } = one;
  const delivery = { attemptCount: number, nextAttemptAt: at };
  if (name === "look") return await look(kept, one);
  switch (name) {
    case "start":
      return await runs.start(id, at, number);
    case "postpone":
      return await runs.postpone(id, at);
    case "resume":
      return await runs.resume(id, number);
    case "detach":
      return await runs.detach(id);
    case "detachUnheard":
      return await runs.detachUnheard(id);
    case "finish": {
      const { isFirst, owedTo } = await runs.finish(one, {
        outcome,
        at,
        runMs: number,
      });
      return { isFirst, owedTo };
    }
    case "delete":
      return await runs.delete(id);
    case "markArtifacts":
      return await runs.markArtifacts(id);
    case "append":
      return await logs.append(id, { text: "{}", count: at, bytes: number });
    case "setProgress":
      return await logs.setProgress(id, { at, fraction: 0.5, message: null });
    case "beginAttempt":
      return await deliveries.beginAttempt(id, { at, ...delivery });
    case "endAttempt":
      return await deliveries.endAttempt(id, number, {
        attempt: { httpStatus: 200, ms: 1.5, error: null },
        ...delivery,
        state: next,
      });
    case "forgetAttempt":
      return await deliveries.forgetAttempt(id, number, delivery);
    case "giveUp":
      return await deliveries.giveUp({ runId: id, ...delivery });
    case "redeliver":
    default:
      return await deliveries.redeliver(id, at);
  }
}

async function look(
  { runs, logs, deliveries }: Kept,
  { id, owner, requestId }: ReturnType<typeof makeRun>,
) {
  return await Promise.all([
    runs.find(id),
    runs.bytesOf(id),
    runs.findByRequestId(requestId, owner),
    runs.findByIdempotencyKey(owner, "k"),
    logs.findProgress(id),
    logs.findAfter(id, 3),
    deliveries.find(id),
    deliveries.attempts(id),
    deliveries.outcomeSize(id),
    runs.findLean(id),
    runs.readResult(id, 1, 3).then((bytes) => [...bytes]),
    deliveries
      .list({ states: ["pending", "dead"], limit: 5, owner })
      // Those that became owed together have no order.
      .then((found) => found.toSorted((a, b) => (a.runId < b.runId ? -1 : 1))),
  ]);
}

/** Numbers have gaps where several processes give them out, and some moments are those of the clock. One column is no member. */
function withoutTimes(answer: unknown): unknown {
  const text = JSON.stringify(answer, (name, value: unknown) => {
    if (name === "numberedId" || name === "callbackHost") return undefined;
    return typeof value === "number" && value > NOW ? "now" : value;
  });
  return text === undefined ? undefined : JSON.parse(text);
}
