/**
 * Folds the changes of a flush into one row for each run, as they would have taken effect one after the other. What
 * cannot be a part of the run's row any more is left for the next flush, with everything that comes after it for the
 * same run.
 */
import { STATUSES, type RunId } from "../../../run/run.ts";
import type { End } from "../../../run/store.ts";
import type { Change, OtherChange, RunChange } from "./changes.ts";

/** What becomes of a run in a flush. What is undefined stays as it is. */
export interface FoldedRun {
  readonly id: RunId;
  /** The run is new. */
  insert?: Extract<RunChange, { kind: "insert" }>;
  /** It counts only where this replica carries the run, or nobody does. */
  isOwn: boolean;
  /** The caller's connection broke: what has its outcome already becomes owed now. */
  isUnheard: boolean;
  startedAt?: number;
  attempt?: number;
  nextAttemptAt?: number | null;
  /** It is detached, whether its caller was told so or its connection broke. */
  isDetached: boolean;
  detachedAt?: number;
  /** When an outcome that is recorded already becomes owed. */
  owedAt?: number;
  end?: End;
  /** Whether it is carried here afterwards; and whether its code may be running. */
  isCarried?: boolean;
  isHolding?: boolean;
  isReleased: boolean;
}

export interface Folded<Held extends { readonly change: Change }> {
  readonly runs: ReadonlyMap<RunId, FoldedRun>;
  /** In their order. */
  readonly others: readonly OtherChange[];
  /** The changes that these are made of. */
  readonly taken: readonly Held[];
  /** The changes that are left, in their order. */
  readonly rest: readonly Held[];
}

export function fold<Held extends { readonly change: Change }>(
  changes: readonly Held[],
): Folded<Held> {
  const runs = new Map<RunId, FoldedRun>();
  const others: OtherChange[] = [];
  const taken: Held[] = [];
  const rest: Held[] = [];
  /** Runs that nothing more of this flush may be about. */
  const closed = new Set<RunId>();
  /** Runs that a statement after that of the runs is about: a later change of the run itself would come before it. */
  const followed = new Set<RunId>();
  for (const held of changes) {
    const { change } = held;
    const { id } = change;
    if (id !== undefined && closed.has(id)) {
      rest.push(held);
    } else if (change.kind === "other") {
      others.push(change);
      taken.push(held);
      if (id !== undefined) followed.add(id);
    } else if (!followed.has(change.id) && join(runs, change)) {
      taken.push(held);
    } else {
      closed.add(change.id);
      rest.push(held);
    }
  }
  return { runs, others, taken, rest };
}

/** @returns false when it has to wait for the next flush */
function join(runs: Map<RunId, FoldedRun>, change: RunChange): boolean {
  const run = runs.get(change.id);
  if (run === undefined) {
    runs.set(change.id, apply(newRow(change), change));
    return true;
  }
  if (change.kind === "insert" || change.kind === "release") return false;
  const isOver = run.end !== undefined || run.isReleased || run.isUnheard;
  if (isOver) return false;
  // Where the row is not known, who ended it and who carries it are.
  if (run.insert === undefined) {
    if (change.kind === "unheard") return false;
    if (run.isOwn !== isOwn(change)) return false;
  }
  apply(run, change);
  return true;
}

function newRow(change: RunChange): FoldedRun {
  return {
    id: change.id,
    isOwn: isOwn(change),
    isUnheard: change.kind === "unheard",
    isDetached: false,
    isReleased: change.kind === "release",
  };
}

function isOwn(change: RunChange): boolean {
  if (change.kind === "finish") return change.by !== "anyone";
  return change.kind !== "detach" && change.kind !== "unheard";
}

function apply(run: FoldedRun, change: RunChange): FoldedRun {
  switch (change.kind) {
    case "insert":
      begin(run, change);
      break;
    case "start":
      run.startedAt = change.startedAt;
      run.attempt = change.attempt;
      carry(run, true);
      break;
    case "postpone":
      run.nextAttemptAt = change.nextAttemptAt;
      carry(run, false);
      break;
    case "resume":
      run.nextAttemptAt = null;
      run.attempt = change.attempt;
      carry(run, true);
      break;
    case "detach":
      run.isDetached = true;
      run.detachedAt ??= change.at;
      break;
    case "unheard":
      run.isDetached = true;
      run.owedAt = change.at;
      break;
    case "finish":
      run.end = change.end;
      if (change.by === "code") run.isHolding = false;
      break;
    case "release":
      run.isHolding = false;
      break;
  }
  return run;
}

function begin(
  run: FoldedRun,
  change: Extract<RunChange, { kind: "insert" }>,
): void {
  const { startedAt, detached, createdAt } = change.run;
  run.insert = change;
  run.isCarried = startedAt !== null;
  run.isHolding = run.isCarried && change.end === undefined;
  if (startedAt !== null) run.startedAt = startedAt;
  run.isDetached = detached;
  if (detached) run.detachedAt = createdAt;
  if (change.end !== undefined) run.end = change.end;
}

function carry(run: FoldedRun, isCarried: boolean): void {
  run.isCarried = isCarried;
  run.isHolding = isCarried;
}

/** A run's status after its row, as it is kept; undefined: as it was. */
export function statusOf({
  insert,
  end,
  startedAt,
}: FoldedRun): number | undefined {
  if (end !== undefined) return STATUSES.indexOf(end.outcome.status);
  if (startedAt !== undefined) return STATUSES.indexOf("running");
  return insert === undefined ? undefined : STATUSES.indexOf("queued");
}
