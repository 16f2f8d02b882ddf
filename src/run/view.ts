/**
 * Which runs a caller sees: its own; with the scope "admin" everybody's. What it does not see is not there for it.
 * Every way from a caller to a run leads through here.
 */
import { type Caller, isAdmin } from "../access/caller.ts";
import { ServerError } from "../errors.ts";
import type { Run, RunFilter, RunId, RunStore } from "./run.ts";

export interface RunView {
  find(id: string): Run | undefined;
  /** @throws {ServerError} `run_not_found` */
  get(id: string): Run;
  /** The oldest run with this request id: of the caller's own, if it has one. */
  findByRequestId(requestId: string): RunId | undefined;
  /** Newest first. */
  list(filter: Omit<RunFilter, "owner">): Run[];
  /** See `RunStore`. */
  countFitting(filter: Omit<RunFilter, "owner">, maxBytes: number): number;
}

export function isVisible(caller: Caller, run: Pick<Run, "owner">): boolean {
  const isOwn = run.owner !== "" && run.owner === caller.keyId;
  return isOwn || isAdmin(caller);
}

export function viewOf(caller: Caller, store: RunStore): RunView {
  const find = (id: string) => {
    const run = store.find(id);
    return run !== undefined && isVisible(caller, run) ? run : undefined;
  };
  return {
    find,
    get(id) {
      const run = find(id);
      if (run !== undefined) return run;
      throw new ServerError("run_not_found", `There is no run "${id}".`);
    },
    findByRequestId: (requestId) =>
      store.findByRequestId(requestId, caller.keyId) ??
      (isAdmin(caller) ? store.findByRequestId(requestId) : undefined),
    list: (filter) => store.list({ ...filter, ...ownerFilter(caller) }),
    countFitting: (filter, maxBytes) =>
      store.countFitting({ ...filter, ...ownerFilter(caller) }, maxBytes),
  };
}

/** @returns what limits a list to what the caller sees; nothing for who sees all */
export function ownerFilter(caller: Caller): { owner?: string } {
  return isAdmin(caller) ? {} : { owner: caller.keyId };
}
