/** Everything between a request and its outcome, on a real store, with actions whose every step a test decides. */
import { Vault } from "../../src/secrets/vault.ts";
import { ANYONE } from "../../src/access/caller.ts";
import { ByteBudget } from "../../src/byte-budget.ts";
import { action } from "../../src/action/action.ts";
import { type CatalogEntry, toEntry } from "../../src/catalog/catalog-entry.ts";
import type { RunContext } from "../../src/action/definition.ts";
import { type Accepted, RunAcceptor } from "../../src/run/accept.ts";
import { createInProcessExecutor } from "../../src/execute/in-process.ts";
import { KeyQuota } from "../../src/queue/key-quota.ts";
import { RunLogs } from "../../src/run/kept-log/run-logs.ts";
import { CheckWorker } from "../../src/run/input/check-worker.ts";
import { InputReader } from "../../src/run/input/input-reader.ts";
import { readKeptInput } from "../../src/run/input/kept-input.ts";
import { RunEvents } from "../../src/run/events.ts";
import { NO_NEWS } from "../../src/run/elsewhere/news.ts";
import { Scheduler } from "../../src/queue/scheduler.ts";
import { Heartbeat } from "../../src/process/heartbeat.ts";
import type { RunStore } from "../../src/run/store.ts";
import { createLogStore } from "../../src/store/sqlite/kept-log/logs.ts";
import { makeContext } from "../../src/testing.ts";
import { Runner } from "../../src/run/active/runner.ts";
import { silentLog } from "../silent-log.ts";
import {
  makeRun,
  openTemporaryStore,
} from "../store/sqlite/temporary-store.ts";

const CHECK_THREAD = new URL(
  "../../src/run/input/check-thread.ts",
  import.meta.url,
).href;

/** One call of the action. */
export interface Call {
  readonly context: RunContext;
  readonly end: (result: unknown) => void;
  readonly fail: (error: unknown) => void;
}

export function openStage(
  max = { running: 10, queued: 10 },
  definition: Partial<Parameters<typeof action>[0]> = {},
  backOff: Pick<
    ConstructorParameters<typeof Runner>[0],
    "random" | "startTimer"
  > = {},
) {
  const kept = openTemporaryStore();
  const calls: Call[] = [];
  const arrivals: ((call: Call) => void)[] = [];
  const entry = toEntry({
    file: "stage.ts",
    packageName: "stage",
    name: "act",
    value: action({
      run: (_input, context) => {
        const { promise, resolve, reject } = Promise.withResolvers<unknown>();
        const call = { context, end: resolve, fail: reject };
        calls.push(call);
        arrivals.shift()?.(call);
        return promise;
      },
      ...definition,
    }),
  }) as CatalogEntry;
  const owed: string[] = [];
  const asked = new Map<PropertyKey, () => void>();
  const store = new Proxy(kept.runs, {
    get(runs, name, receiver) {
      asked.get(name)?.();
      return Reflect.get(runs, name, receiver) as unknown;
    },
  });
  const events = new RunEvents((error) => {
    throw error;
  });
  events.listen(["owed"], ({ host }) => owed.push(host));
  const quota = new KeyQuota(Infinity);
  const scheduler = new Scheduler(max);
  const logs = new RunLogs({
    store: createLogStore(kept.store),
    events,
    log: silentLog,
    maxLogBytes: 10_000,
  });
  const worker = new CheckWorker({ thread: CHECK_THREAD, maxMs: 5000 });
  const inputs = new InputReader(
    { maxInputBytes: 20_000_000, maxInputDepth: 100, maxInputValues: 1000 },
    worker,
  );
  const held = new ByteBudget({ maxBytes: 1e8, maxBytesPerKey: 5e7 });
  const vault = new Vault({ environment: {}, keys: [] });
  const runner = new Runner({
    store,
    readInput: (run) => readKeptInput(run, { store: kept.runs, inputs, held }),
    logs,
    execute: createInProcessExecutor({
      reports: logs,
      artifacts: () => makeContext().artifacts,
      log: silentLog,
      secretsOf: () => ({}),
      maxResultBytes: 1000,
      heartbeat: new Heartbeat(),
    }),
    log: silentLog,
    events,
    ...backOff,
  });
  const acceptor = new RunAcceptor({
    catalog: {
      find: (_, name) => (name === "act" ? entry : undefined),
    },
    quota,
    inputs,
    secrets: vault,
    held,
    turns: scheduler,
    store: kept.runs,
    runner,
    checkCallback: async () => {},
    timeouts: { runTimeoutMs: Infinity, startTimeoutMs: Infinity },
  });
  return {
    ...kept,
    inputs,
    makeRun,
    entry,
    scheduler,
    turns: scheduler,
    news: NO_NEWS,
    quota,
    events,
    logs,
    runner,
    acceptor,
    held,
    vault,
    calls,
    owed,
    /** Resolves when the runner next asks this of the store: the answer, and so the disk, comes after that. */
    untilAsked: (what: keyof RunStore) =>
      new Promise<void>((resolve) => asked.set(what, resolve)),
    /** Resolves with the next call that begins. */
    nextCall: () => new Promise<Call>((resolve) => arrivals.push(resolve)),
    accept: async (
      members: Partial<Parameters<RunAcceptor["accept"]>[0]> = {},
    ) =>
      (await acceptor.accept({
        package: "stage",
        action: "act",
        input: {},
        sent: undefined,
        caller: ANYONE,
        waitMs: Infinity,
        callbackUrl: null,
        requestId: "",
        traceparent: null,
        tracestate: null,
        idempotencyKey: undefined,
        runTimeoutMs: Infinity,
        startTimeoutMs: Infinity,
        ...members,
      })) as Accepted,
    [Symbol.dispose]() {
      worker[Symbol.dispose]();
      kept[Symbol.dispose]();
    },
  };
}
