/** A real store that owes callbacks, and deliverers whose schedule runs on a clock that a test sets. */
import { afterEach } from "bun:test";
import { ANYONE } from "../../src/access/caller.ts";
import { ByteBudget } from "../../src/byte-budget.ts";
import { Deliverer, type DelivererParts } from "../../src/callback/deliver.ts";
import { createCallbackPolicy } from "../../src/callback/reach/policy.ts";
import { createSign } from "../../src/callback/signature.ts";
import { toCallbackBody } from "../../src/http/problem.ts";
import { NO_NEWS } from "../../src/run/elsewhere/news.ts";
import { RunEvents } from "../../src/run/events.ts";
import type { Outcome } from "../../src/run/run.ts";
import type { NewRun } from "../../src/run/store.ts";
import { silentLog } from "../silent-log.ts";
import {
  makeRun,
  openTemporaryStore,
} from "../store/sqlite/temporary-store.ts";

/** Taken before a test puts its own clock in the place of all timers. */
const soon = setImmediate.bind(globalThis) as (done: () => void) => void;
const passed: Outcome = { status: "passed", result: '{"a":1}' };
const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const stage of opened.splice(0)) await stage[Symbol.asyncDispose]();
});

/** Closed after the test. */
export function openDeliveryStage(options: Partial<DelivererParts> = {}) {
  const stack = new AsyncDisposableStack();
  opened.push(stack);
  const kept = stack.use(openTemporaryStore());
  const clock = { now: 1000 };
  const waiting: (() => void)[] = [];
  let lookCount = 0;
  const look = async <Found>(found: Promise<Found>) => {
    lookCount += 1;
    try {
      return await found;
    } finally {
      lookCount -= 1;
    }
  };
  const deliveries = {
    ...kept.deliveries,
    list: (...asked: Parameters<typeof kept.deliveries.list>) =>
      look(kept.deliveries.list(...asked)),
    pendingReceivers: () => look(kept.deliveries.pendingReceivers()),
    take: (...asked: Parameters<typeof kept.deliveries.take>) =>
      look(kept.deliveries.take(...asked)),
    async endAttempt(
      ...attempt: Parameters<typeof kept.deliveries.endAttempt>
    ) {
      await kept.deliveries.endAttempt(...attempt);
      for (const wake of waiting.splice(0)) wake();
    },
  };
  const events = new RunEvents((error) => {
    throw error;
  });
  return {
    ...kept,
    clock,
    /** Tells the deliverer that a callback to this host has become due. */
    tellOwed(host: string) {
      events.publishForHost({
        kind: "host_redelivered",
        host,
        count: 1,
        by: ANYONE,
      });
    },
    use: <Value extends AsyncDisposable>(value: Value) => stack.use(value),
    startDeliverer() {
      const deliverer = stack.use(
        new Deliverer({
          deliveries,
          runs: kept.runs,
          events,
          news: NO_NEWS,
          policy: createCallbackPolicy({ allow: [], allowPrivate: true }),
          sign: createSign([]),
          retryMs: [100, 200],
          timeoutMs: 5000,
          version: "1.2.3",
          toBody: toCallbackBody,
          log: silentLog,
          budget: new ByteBudget({ maxBytes: 1000, maxBytesPerKey: 500 }),
          now: () => clock.now,
          random: () => 1,
          ...options,
        }),
      );
      void deliverer.start();
      return deliverer;
    },
    /** Makes a run that ended and owes its outcome to this URL. */
    async owe(
      url: string,
      {
        outcome = passed,
        ...run
      }: Partial<NewRun> & { outcome?: Outcome } = {},
    ) {
      const owing = makeRun({ callbackUrl: url, detached: true, ...run });
      void kept.runs.insert(owing);
      const { owedTo = "" } = await kept.runs.finish(owing, {
        outcome,
        at: 1000,
        runMs: 1,
      });
      return { id: owing.id, host: owedTo };
    },
    /** Resolves when an attempt for which this holds is recorded, or was. */
    async until(isSo: () => boolean | Promise<boolean>) {
      while (!(await isSo())) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.push(resolve);
        await promise;
      }
    },
    /** Resolves when the deliverer has asked the store all it wants to know now, and done what follows. */
    async untilQuiet() {
      const isQuiet = async () => {
        await new Promise<void>(soon);
        return lookCount === 0;
      };
      while (!(await isQuiet()));
    },
    /** How many attempts have ended. */
    attemptCount: async (id: string) =>
      (await kept.deliveries.attempts(id)).filter(({ ms }) => ms > 0).length,
  };
}
