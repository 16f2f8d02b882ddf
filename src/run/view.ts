/**
 * Which runs a caller sees: its own; with the scope "admin" everybody's. For the caller, what it does not see does not
 * exist. Every way from a caller to a run leads through here.
 */
import { type Caller, isAdmin } from "../access/caller.ts";
import { ServerError } from "../errors.ts";
import type { Run, RunId } from "./run.ts";
import type { RunFilter, RunPage, RunStore } from "./store.ts";

export interface RunView {
  find(id: string): Promise<Run | undefined>;
  /** @throws {ServerError} `run_not_found` */
  get(id: string): Promise<Run>;
  /** Finds the oldest run with this request id; the caller's own comes first. */
  findByRequestId(requestId: string): Promise<RunId | undefined>;
  /** Lists runs, newest first. */
  list(filter: Omit<RunFilter, "owner">): Promise<RunPage>;
}

export function isVisible(caller: Caller, run: Pick<Run, "owner">): boolean {
  const isOwn = run.owner !== "" && run.owner === caller.keyId;
  return isOwn || isAdmin(caller);
}

export function viewOf(caller: Caller, store: RunStore): RunView {
  const find = async (id: string) => {
    const run = await store.find(id);
    return run !== undefined && isVisible(caller, run) ? run : undefined;
  };
  return {
    find,
    async get(id) {
      const run = await find(id);
      if (run !== undefined) return run;
      throw new ServerError("run_not_found", `There is no run "${id}".`);
    },
    async findByRequestId(requestId) {
      const own = await store.findByRequestId(requestId, caller.keyId);
      if (own !== undefined || !isAdmin(caller)) return own;
      return await store.findByRequestId(requestId);
    },
    list: (filter) => store.list({ ...filter, ...ownerFilter(caller) }),
  };
}

/** @returns what limits a list to what the caller sees; nothing for a caller that sees everything */
export function ownerFilter(caller: Caller): { owner?: string } {
  return isAdmin(caller) ? {} : { owner: caller.keyId };
}
