/** Where a PostgreSQL database is: one URL, or one for each host that may be the primary. */
import { StoreError } from "../../store-error.ts";

/** How clients reach the database. */
export interface Target {
  /** One for each host, in the order in which they are tried. */
  readonly urls: readonly URL[];
  /** The schema that holds the tables. */
  readonly schema: string;
  /** Whether statements are prepared by name: only where `keepsSessions` has seen that no pooler is in between. */
  readonly isPrepared: boolean;
}

const PARTS = /^(postgres(?:ql)?:\/\/(?:[^@/?]*@)?)([^/?#]+)(.*)$/;
const SCHEMA = /^[a-z_][a-z0-9_]{0,47}$/;

/**
 * Reads a URL such as `postgres://user:password@one:5432,two:5432/name?sslmode=verify-full`.
 *
 * @throws {StoreError} the URL is not of this form; no message contains its password
 */
export function toTarget(text: string, schema: string): Target {
  const [, start = "", hosts = "", end = ""] = PARTS.exec(text) ?? [];
  const urls = hosts
    .split(",")
    .map((host) => URL.parse(`${start}${host}${end}`));
  const known = urls.filter((url) => url !== null);
  if (hosts === "" || known.length < urls.length)
    throw new StoreError(
      'The URL of the database must be like "postgres://user:password@host:5432/name".',
    );
  if (!isSchemaName(schema))
    throw new StoreError(
      `The schema must be 1 to 48 lower-case letters, digits and "_", beginning with a letter, not ${JSON.stringify(schema)}.`,
    );
  return { urls: known, schema, isPrepared: false };
}

function isSchemaName(text: string): boolean {
  return SCHEMA.test(text) && !text.startsWith("pg_");
}

/** @returns host, port and database, for people: without user and password */
export function describeTarget({ urls }: Pick<Target, "urls">): string {
  const hosts = urls.map(({ host }) => host).join(",");
  return `${hosts}${urls[0]?.pathname ?? ""}`;
}

/** Written out, because variables such as PGDATABASE would come before the URL. */
export function toClientOptions(url: URL): Bun.SQL.PostgresOrMySQLOptions {
  const username = decodeURIComponent(url.username) || "postgres";
  return {
    url: url.href,
    adapter: "postgres",
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || 5432),
    username,
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || username,
  };
}
