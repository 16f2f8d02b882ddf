/** Statements that run for every request: SQL written by Drizzle from the schema, prepared by its first use, bound by place. */
import type { Database, SQLQueryBindings } from "bun:sqlite";
import { is, Param, Placeholder, type Query, type SQL, sql } from "drizzle-orm";

/** What travels to a thread and into a statement: what JSON and SQLite both have. */
export type Value = string | number | null;
export type Row = readonly Value[];
/** A value on its way to another thread, or a large text as UTF-8, in pieces: see `large-texts.ts`. */
export type SentValue = Value | readonly Uint8Array[];
export type SentRow = readonly SentValue[];

export interface HotStatement {
  /** @returns the values of each row, in the order of its columns */
  rows(values: Row): Row[];
  /** @returns how many rows it changed */
  run(values: Row): number;
}

/** A value that is bound later, for where Drizzle wants an expression. */
export function bound(name: string): SQL {
  return sql`${sql.placeholder(name)}`;
}

/**
 * Prepares a Drizzle query whose values are `sql.placeholder(name)`.
 *
 * Drizzle's own prepared queries encode and map every value again on each call; binding straight to the SQLite
 * statement costs about half as much, and the values here need no encoding.
 *
 * A process that is started for one run needs few of them, so that each is written when it is first used.
 *
 * @param names of the placeholders, in the order in which their values are given
 */
export function prepareHot(
  sqlite: Database,
  query: { toSQL(): Query },
  names: readonly string[] = [],
): HotStatement {
  let prepared: HotStatement | undefined;
  const prepare = () => (prepared ??= prepareNow(sqlite, query, names));
  return {
    rows: (values) => (prepared ?? prepare()).rows(values),
    run: (values) => (prepared ?? prepare()).run(values),
  };
}

function prepareNow(
  sqlite: Database,
  query: { toSQL(): Query },
  names: readonly string[],
): HotStatement {
  const { sql: text, params } = query.toSQL();
  const statement = sqlite.prepare<unknown, SQLQueryBindings[]>(text);
  const places = params.map((param) => placeOf(param, names));
  // One array for all calls: each is over before the next begins.
  const bindings: SQLQueryBindings[] = params.map(toConstant);
  const bind = (values: Row) => {
    for (let index = 0; index < places.length; index += 1) {
      const place = places[index] as number;
      if (place !== -1) bindings[index] = values[place] as Value;
    }
    return bindings;
  };
  return {
    rows: (values) => statement.values(...bind(values)) as Row[],
    run: (values) => statement.run(...bind(values)).changes,
  };
}

/** @returns -1 for a constant */
function placeOf(param: unknown, names: readonly string[]): number {
  const name = nameOf(param);
  if (name === undefined) return -1;
  const place = names.indexOf(name);
  if (place === -1) throw new Error(`No value is given for "${name}".`);
  return place;
}

function nameOf(param: unknown): string | undefined {
  const value = is(param, Param) ? param.value : param;
  return is(value, Placeholder) ? value.name : undefined;
}

function toConstant(param: unknown): SQLQueryBindings {
  const value = is(param, Param) ? param.value : param;
  return is(value, Placeholder) ? null : (value as SQLQueryBindings);
}
