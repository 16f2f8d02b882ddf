/** What runs a list shows: kept in the URL, so that it can be shared. */
import { type State, STATES, SUMMARY_FIELDS } from "../api/objects.ts";

const PAGE_SIZE = 50;

export interface Filter {
  readonly states: readonly State[];
  readonly package?: string;
  readonly action?: string;
  readonly requestId?: string;
  /** Only runs older than the one with this number. */
  readonly before?: number;
}

/** @param search of a URL, with or without its "?" */
export function parseFilter(search: string): Filter {
  const query = new URLSearchParams(search);
  const states = query.getAll("status");
  const before = Number(query.get("before") ?? 0);
  return {
    states: STATES.filter((state) => states.includes(state)),
    ...withText("package", query.get("package")),
    ...withText("action", query.get("action")),
    ...withText("requestId", query.get("request_id")),
    ...(Number.isInteger(before) && before > 0 ? { before } : {}),
  };
}

function withText<Name extends string>(name: Name, text: string | null) {
  return (text === null || text === "" ? {} : { [name]: text }) as {
    [name in Name]?: string;
  };
}

/** @returns the URL of the page, and the same as the API takes it */
export function toSearch(filter: Filter): string {
  const query = toQuery(filter);
  return query.size === 0 ? "" : `?${query.toString()}`;
}

export function toListPath(filter: Filter): string {
  const query = toQuery(filter);
  query.set("limit", String(PAGE_SIZE));
  for (const field of SUMMARY_FIELDS) query.append("fields", field);
  return `/api/runs?${query.toString()}`;
}

function toQuery(filter: Filter): URLSearchParams {
  const query = new URLSearchParams();
  for (const state of filter.states) query.append("status", state);
  if (filter.package !== undefined) query.set("package", filter.package);
  if (filter.action !== undefined) query.set("action", filter.action);
  if (filter.requestId !== undefined) query.set("request_id", filter.requestId);
  if (filter.before !== undefined) query.set("before", String(filter.before));
  return query;
}

export function isFiltering(filter: Filter): boolean {
  return toSearch({ ...filter, before: 0 }) !== "?before=0";
}

const RUN_ID = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/i;

export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}
