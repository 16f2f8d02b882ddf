/**
 * Takes up runs that nobody carries: those that a stop left, of which the ones that were running are cancelled and the
 * others go on; and those that a fleet gives to this process.
 */
import type { Catalog } from "../catalog/catalog.ts";
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import { cancelled, failed } from "../execute/outcome.ts";
import { concurrencyKeyOf } from "../queue/concurrency-key.ts";
import type { KeyQuota } from "../queue/key-quota.ts";
import type { Scheduler } from "../queue/scheduler.ts";
import type { Place } from "../queue/turns.ts";
import { ActiveRun } from "./active/active-run.ts";
import { startTimedOut } from "./active/clock.ts";
import type { RunEvents } from "./events.ts";
import type { Outcome, Run } from "./run.ts";
import type { Runner } from "./active/runner.ts";
import type { RunStore } from "./store.ts";

interface TakeUpParts {
  readonly store: RunStore;
  readonly catalog: Pick<Catalog, "find">;
  readonly quota: KeyQuota;
  readonly runner: Runner;
  readonly events: RunEvents;
  /** @returns the name of the key with this id; "" for one that is not known */
  readonly nameOf: (owner: string) => string;
}

interface Parts extends TakeUpParts {
  readonly scheduler: Scheduler;
}

/**
 * Leaves no run queued or running without something working on it. Nobody waits for these runs any more: each is
 * detached, so that its outcome goes to its callback. Must be done before deliveries start.
 *
 * @param unfinished what the last process left, oldest first: read before this one accepts runs
 * @returns how many runs were interrupted, and how many are queued again
 */
export async function recover(
  unfinished: readonly Run[],
  parts: Parts,
): Promise<{ interruptedCount: number; queuedCount: number }> {
  const { store, events } = parts;
  const detached = unfinished.map((run) => store.detach(run.id));
  const outcomes: { run: Run; outcome: Outcome | undefined }[] = [];
  // One after the other: the oldest comes first in the queue, and one input at a time is in memory.
  for (const run of unfinished)
    outcomes.push({ run, outcome: await queueAgain(run, parts) });
  const ended = outcomes.filter(({ outcome }) => outcome !== undefined);
  const finished = ended.map(({ run, outcome }) =>
    store.finish(run, {
      outcome: outcome as Outcome,
      at: Date.now(),
      runMs: null,
    }),
  );
  await Promise.all([...detached, ...finished]);
  for (const { run, outcome } of ended)
    events.publish(run, {
      kind: "finished",
      outcome: outcome as Outcome,
      runMs: null,
    });
  return {
    interruptedCount: ended.length,
    queuedCount: outcomes.length - ended.length,
  };
}

/**
 * Carries a run that this process was given, and which the store knows as running here. Nobody waits for it here: whoever
 * does hears of its end elsewhere.
 *
 * @param place its slot, which is given back when its code has ended
 */
export async function takeUp(
  run: Run,
  place: Place,
  { store, catalog, quota, runner, events, nameOf }: TakeUpParts,
): Promise<void> {
  const entry = catalog.find(run.package, run.action);
  const late = lateness(run);
  if (entry === undefined || run.sentSecrets || late !== undefined) {
    using _ = place;
    const outcome = late ?? impossible(run, entry);
    const end = { outcome, at: Date.now(), runMs: null };
    const { owedTo } = await store.finish(run, end);
    if (owedTo !== undefined)
      events.publish(run, { kind: "owed", host: owedTo });
    return;
  }
  const active = carry(run, entry, {
    place,
    share: quota.enter(run.owner),
    callerName: nameOf(run.owner),
    attempt: run.attempt,
    isStartRecorded: true,
  });
  const ranMs = Date.now() - (run.startedAt ?? Infinity);
  if (run.attempt > 1 && ranMs > 0)
    active.startedAt = performance.now() - ranMs;
  runner.launch(active);
}

/** @returns the outcome of a run that has started later than it may, when the replica that had accepted it is gone */
function lateness(run: Run): Outcome | undefined {
  const { attempt, createdAt, startedAt, startTimeoutMs: ms } = run;
  if (attempt > 1 || ms === null || startedAt === null) return undefined;
  return startedAt - createdAt > ms ? startTimedOut(ms) : undefined;
}

/** Makes a run active that was accepted earlier: nothing is kept of what was sent with it but its input. */
function carry(
  run: Run,
  entry: CatalogEntry,
  work: Omit<
    ConstructorParameters<typeof ActiveRun>[1],
    "entry" | "input" | "sent"
  >,
): ActiveRun {
  // The input is read when its code is called.
  const active = new ActiveRun(run, {
    ...work,
    entry,
    input: undefined,
    sent: undefined,
  });
  active.dropInput();
  return active;
}

/** The outcome of a run that was running when the server stopped. */
export function interrupted(): ReturnType<typeof cancelled> {
  return cancelled(
    "interrupted",
    "The server stopped while the run was running.",
  );
}

/** Queues a run again. @returns the outcome of a run that cannot be run any more */
async function queueAgain(
  run: Run,
  { store, catalog, scheduler, quota, runner, events, nameOf }: Parts,
): Promise<Outcome | undefined> {
  const entry = catalog.find(run.package, run.action);
  const isBackingOff = run.nextAttemptAt !== null;
  const isInterrupted = run.status === "running" && !isBackingOff;
  if (isInterrupted && !mayRunAgain(run, entry)) return interrupted();
  if (entry === undefined || run.sentSecrets) return impossible(run, entry);
  const key = await findKey(entry, run, store);
  if (typeof key !== "string") return key;
  const place = isBackingOff
    ? scheduler.enqueueResting(entry, key, run.owner)
    : scheduler.enqueue(entry, key, run.owner);
  const active = carry(run, entry, {
    place,
    share: quota.enter(run.owner),
    callerName: nameOf(run.owner),
    attempt: isInterrupted ? run.attempt + 1 : run.attempt,
    isStartRecorded: isBackingOff,
    nextAttemptAt: run.nextAttemptAt ?? undefined,
  });
  if (isBackingOff)
    active.startedAt = performance.now() - (Date.now() - Number(run.startedAt));
  if (isInterrupted)
    events.publish(run, {
      kind: "attempt_failed",
      attempt: run.attempt,
      error: interrupted().error,
      nextAttemptAt: Date.now(),
    });
  runner.launch(active);
  return undefined;
}

/** @returns the outcome of a run whose action is gone, or whose secrets are */
function impossible(run: Run, entry: CatalogEntry | undefined): Outcome {
  if (entry !== undefined)
    return failed(
      "secrets_lost",
      "The secrets that came with the request are gone with the process that had accepted it: they are never written to disk. Send the request again.",
    );
  return failed(
    "action_not_found",
    `The action ${run.package}/${run.action} no longer existed when the server started again.`,
  );
}

/** @returns the outcome of a run whose action can no longer say its concurrency key */
async function findKey(
  entry: CatalogEntry,
  { id }: Run,
  store: RunStore,
): Promise<string | Outcome> {
  if (entry.action.concurrencyKey === undefined) return "";
  const kept = await store.find(id);
  const checked = entry.checkInput(JSON.parse(kept?.input ?? "null"));
  if (!checked.ok)
    return failed(
      "invalid_input",
      `The input does not match the input schema that ${entry.address} has since the server started again.`,
    );
  try {
    return concurrencyKeyOf(entry, checked.value);
  } catch (error) {
    return failed("concurrency_key_failed", (error as Error).message);
  }
}

/** A run that took the server down each time must not do so for ever. */
function mayRunAgain(run: Run, entry: CatalogEntry | undefined): boolean {
  return (
    entry?.action.onInterrupt === "retry" &&
    run.attempt < entry.action.maxAttempts
  );
}
