/**
 * A client of the database. Every query has a deadline, because no driver ends one on a network that is dead; a client
 * whose connection is in doubt is given up, and the next query connects anew, to the next host if there are several.
 */
import { SQL } from "bun";
import { type Target, toClientOptions } from "./target.ts";

export type Value = string | number | boolean | null;
export type Parameter = Value | readonly Value[];
/** The values of a row, in the order of its columns. 64-bit integers are text, and JSON is parsed. */
export type Row = readonly unknown[];
export type Ask = (
  text: string,
  parameters?: readonly Parameter[],
) => Promise<Row[]>;

/** How long a query may take. */
const DEADLINE_MS = 5000;
/** How long a query may take to be cancelled. */
const CANCEL_MS = 500;
const CONNECT_SECONDS = 3;
/** The server is another one now, or ends: read-only after a failover, shutting down, crashed, starting. */
const OTHER_SERVER = /^(?:25006|57P0[1-5]|53300)$/;
/** The request is wrong, and would be wrong again. */
const MISTAKE = /^(?:22|23|42|0A|54)/;
const TRY_AGAIN = /^(?:40P01|40001)$/;

/** Why a query has no answer. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  /** SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html; undefined when the server did not answer. */
  readonly state: string | undefined;

  constructor(message: string, state: string | undefined, cause?: unknown) {
    super(message, { cause });
    this.state = state;
  }

  /** Whether the request itself is wrong. Else the database cannot be used now, and nobody knows what it has done. */
  get isMistake(): boolean {
    return this.state !== undefined && MISTAKE.test(this.state);
  }

  /** Whether the server has undone it because of another query, so that it can be sent again. */
  get isUndone(): boolean {
    return this.state !== undefined && TRY_AGAIN.test(this.state);
  }
}

export class Client implements AsyncDisposable {
  readonly #target: Target;
  readonly #options: { max: number; deadlineMs: number };
  readonly #settings: Bun.SQL.PostgresOrMySQLOptions;
  #sql: SQL | undefined;
  #hostIndex = 0;
  #isClosed = false;

  /**
   * @param options.max connections at once
   * @param options.deadlineMs how long a query may take
   */
  constructor(
    target: Target,
    {
      max = 1,
      deadlineMs = DEADLINE_MS,
      settings = {},
    }: {
      max?: number;
      deadlineMs?: number;
      settings?: Bun.SQL.PostgresOrMySQLOptions;
    } = {},
  ) {
    this.#target = target;
    this.#options = { max, deadlineMs };
    this.#settings = settings;
  }

  /** @throws {DatabaseError} */
  query(text: string, parameters: readonly Parameter[] = []): Promise<Row[]> {
    const sql = this.#connect();
    const query = this.#ask(sql, text, parameters);
    return this.#within(sql, query, () => query.cancel());
  }

  /**
   * What `work` asks is one transaction, on one connection. It is undone when `work` throws.
   *
   * @throws {DatabaseError} and whatever `work` throws
   */
  transaction<Result>(work: (ask: Ask) => Promise<Result>): Promise<Result> {
    const sql = this.#connect();
    const done = sql.begin((transaction) =>
      work((text, parameters = []) => this.#ask(transaction, text, parameters)),
    ) as Promise<Result>;
    return this.#within(sql, done, () => {
      this.drop();
    });
  }

  /** Gives up the connections: what they were doing is rejected, and the next query connects anew. */
  drop(): void {
    const sql = this.#sql;
    this.#sql = undefined;
    this.#hostIndex += 1;
    sql?.close({ timeout: 0 }).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#sql?.close({ timeout: 1 }).catch(() => {});
  }

  /** The client itself, for what only it can do, such as listening. */
  get sql(): SQL {
    return this.#connect();
  }

  #connect(): SQL {
    if (this.#isClosed)
      throw new DatabaseError("The client is closed.", undefined);
    const { urls, isPrepared } = this.#target;
    const url = urls[this.#hostIndex % urls.length] as URL;
    this.#sql ??= new SQL({
      ...toClientOptions(url),
      max: this.#options.max,
      prepare: isPrepared,
      connectionTimeout: CONNECT_SECONDS,
      ...this.#settings,
    });
    return this.#sql;
  }

  #ask(
    sql: Pick<SQL, "unsafe">,
    text: string,
    parameters: readonly Parameter[],
  ) {
    return sql
      .unsafe(inSchema(text, this.#target.schema), parameters as Parameter[])
      .values() as Bun.SQL.Query<Row[]>;
  }

  async #within<Result>(
    sql: SQL,
    asked: Promise<Result>,
    cancel: () => unknown,
  ): Promise<Result> {
    const late = Promise.withResolvers<never>();
    let timer = setTimeout(() => {
      cancel();
      timer = setTimeout(() => {
        late.reject(
          new DatabaseError(
            `The database has not answered for ${this.#options.deadlineMs / 1000} s.`,
            undefined,
          ),
        );
      }, CANCEL_MS);
    }, this.#options.deadlineMs);
    try {
      return await Promise.race([asked, late.promise]);
    } catch (error) {
      const known = toDatabaseError(error);
      if (known === undefined) throw error;
      const { state } = known;
      const isLost = state === undefined || OTHER_SERVER.test(state);
      if (isLost && this.#sql === sql) this.drop();
      throw known;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** @returns undefined for what is no error of the database */
function toDatabaseError(error: unknown): DatabaseError | undefined {
  if (error instanceof DatabaseError) return error;
  if (!(error instanceof SQL.SQLError)) return undefined;
  const { code, errno } = error as { code?: string; errno?: unknown };
  const state =
    code === "ERR_POSTGRES_SERVER_ERROR" ? String(errno) : undefined;
  return new DatabaseError(error.message, state, error);
}

const inSchemas = new Map<string, string>();

/** Values never are in the text, so what looks like the schema's name is one. */
function inSchema(text: string, schema: string): string {
  if (schema === "actiond") return text;
  const name = `${schema}\n${text}`;
  let known = inSchemas.get(name);
  if (known === undefined) {
    known = text.replaceAll('"actiond"', `"${schema}"`);
    // Some texts are made for each call, such as those with a list of values.
    if (inSchemas.size > 1000) inSchemas.clear();
    inSchemas.set(name, known);
  }
  return known;
}
