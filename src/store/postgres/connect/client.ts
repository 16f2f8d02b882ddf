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

/** Of the server, by name: https://www.postgresql.org/docs/current/runtime-config.html */
type Settings = Readonly<Record<string, string>>;

const SET = `select set_config($1[i], $1[i + 1], false) from generate_series(1, cardinality($1::text[]), 2) i`;
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
  readonly #options: { max: number; deadlineMs: number; settings: Settings };
  #sql: SQL | undefined;
  /** What was found not to be a standby, as long as none of its connections was lost. */
  #primary: SQL | undefined;
  /** What has the settings. */
  #set: SQL | undefined;
  #hostIndex = 0;
  #isClosed = false;

  /**
   * @param options.max connections at once
   * @param options.deadlineMs how long a query may take
   * @param options.settings of the session: not made where a pooler would pass it on to others
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
      settings?: Settings;
    } = {},
  ) {
    this.#target = target;
    this.#options = { max, deadlineMs, settings };
  }

  /** @throws {DatabaseError} */
  async query(
    text: string,
    parameters: readonly Parameter[] = [],
  ): Promise<Row[]> {
    const sql = await this.#find();
    const query = this.#ask(sql, text, parameters);
    return await this.#within(sql, query, () => query.cancel());
  }

  /**
   * What `work` asks is one transaction, on one connection. It is undone when `work` throws.
   *
   * @throws {DatabaseError} and whatever `work` throws
   */
  async transaction<Result>(
    work: (ask: Ask) => Promise<Result>,
  ): Promise<Result> {
    const sql = await this.#find();
    let thrown: unknown;
    const done = sql.begin(async (transaction) => {
      try {
        return await work((text, parameters = []) =>
          this.#ask(transaction, text, parameters),
        );
      } catch (error) {
        thrown = error;
        throw error;
      }
    }) as Promise<Result>;
    return await this.#within(
      sql,
      done,
      () => {
        this.drop();
      },
      (error) => error === thrown && !(error instanceof SQL.SQLError),
    );
  }

  /**
   * Calls `onNotice` for each notice on a channel, also after a connection was lost and is there again.
   *
   * @param onListening called each time it begins to listen: what happened before was not heard
   * @throws {DatabaseError}
   */
  async listen(
    channel: string,
    onNotice: (payload: string) => void,
    onListening?: () => void,
  ): Promise<Bun.SQL.ListenSubscription> {
    const sql = await this.#find();
    const listening = sql.listen(channel, onNotice, onListening);
    return await this.#within(sql, listening, () => {
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

  async #find(): Promise<SQL> {
    const sql = await this.#findPrimary();
    const settings = Object.entries(this.#options.settings).flat();
    const isSet = settings.length === 0 || this.#set === sql;
    if (isSet || !this.#target.isPrepared) return sql;
    const query = this.#ask(sql, SET, [settings]);
    await this.#within(sql, query, () => query.cancel());
    this.#set = sql;
    return sql;
  }

  /** Of several hosts, the one that is not a standby: what a standby answers may be of a while ago. */
  async #findPrimary(): Promise<SQL> {
    const { length: hostCount } = this.#target.urls;
    if (hostCount === 1) return this.#connect();
    let reason: unknown;
    for (let tries = 0; tries < hostCount; tries += 1) {
      const sql = this.#connect();
      if (this.#primary === sql) return sql;
      try {
        const query = this.#ask(sql, "select pg_is_in_recovery()", []);
        const [row] = await this.#within(sql, query, () => query.cancel());
        if (row?.[0] === false) {
          this.#primary = sql;
          return sql;
        }
        reason = new DatabaseError("All hosts are standbys.", undefined);
      } catch (error) {
        reason = error;
      }
      if (this.#sql === sql) this.drop();
    }
    throw reason;
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
      // It may be a standby when it is there again, and its session is a new one.
      onclose: () => {
        this.#primary = undefined;
        this.#set = undefined;
      },
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
    isForeign: (error: unknown) => boolean = () => false,
  ): Promise<Result> {
    const { deadlineMs } = this.#options;
    const late = Promise.withResolvers<never>();
    let isLate = false;
    let timer = setTimeout(() => {
      isLate = true;
      cancel();
      timer = setTimeout(() => {
        late.reject(new Error("It was not cancelled."));
      }, CANCEL_MS);
    }, deadlineMs);
    try {
      return await Promise.race([asked, late.promise]);
    } catch (error) {
      if (isForeign(error)) throw error;
      const known = toDatabaseError(error);
      const isLost =
        known.state === undefined || OTHER_SERVER.test(known.state);
      if (isLost && this.#sql === sql) this.drop();
      if (!isLate) throw known;
      throw new DatabaseError(
        `The database has not answered for ${deadlineMs / 1000} s.`,
        undefined,
        error,
      );
    } finally {
      clearTimeout(timer);
    }
  }
}

/** An error that does not come from the server comes from the connection to it, such as an unknown certificate. */
function toDatabaseError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code, errno, message } = error as Error & {
    code?: string;
    errno?: unknown;
  };
  const state =
    code === "ERR_POSTGRES_SERVER_ERROR" ? String(errno) : undefined;
  return new DatabaseError(message, state, error);
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
