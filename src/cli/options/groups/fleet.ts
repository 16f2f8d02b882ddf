/** The options of a replica: of a server that shares a PostgreSQL database with others. */
import { toInteger, UnitError } from "../../../units.ts";
import { option, optional, under } from "../option.ts";
import { toPath, toTimeout } from "../values.ts";

const SHAPE = /^postgres(?:ql)?:\/\/[^/?#]+/;
const NAME = /^[a-z_][a-z0-9_]{0,47}$/;
const MIN_LEASE_MS = 1000;

export const fleetOptions = under("Fleet:", {
  databaseUrl: {
    ...optional("--database-url <url>", {
      help: "PostgreSQL database that several servers share, instead of SQLite in the data folder; if the URL has a password, use the variable",
      parse: toUrl,
    }),
    isSecret: true,
  },
  databaseUrlFile: optional("--database-url-file <file>", {
    help: "File that holds the URL of the database",
    parse: toPath,
  }),
  databaseListenUrl: {
    ...optional("--database-listen-url <url>", {
      help: "URL of the same database that bypasses the pooler, for LISTEN/NOTIFY",
      parse: toUrl,
    }),
    isSecret: true,
  },
  databaseSchema: option("--database-schema <name>", {
    help: "Schema that holds the tables; each schema is a separate fleet",
    default: "actiond",
    parse(text) {
      if (NAME.test(text) && !text.startsWith("pg_")) return text;
      throw new UnitError(
        'It must be 1 to 48 lower-case letters, digits and "_", beginning with a letter.',
      );
    },
  }),
  databaseConnections: option("--database-connections <count>", {
    help: "Number of connections for reading; each replica opens four more",
    default: "4",
    parse: (text) => toInteger(text, 1, 1000),
  }),
  leaseMs: option("--lease <duration>", {
    help: "How long a replica may be silent before the others take over its runs",
    default: "10s",
    parse(text) {
      const ms = toTimeout(text);
      if (ms < MIN_LEASE_MS) throw new UnitError('It must be at least "1s".');
      return ms;
    },
  }),
  stallMs: option("--stall <duration>", {
    help: "How long the event loop of a replica may be blocked before the replica counts as silent",
    default: "60s",
    parse: toTimeout,
  }),
});

/** Where the tables are, for the commands that work on them. */
export const databaseOptions = {
  databaseUrl: fleetOptions.databaseUrl,
  databaseUrlFile: fleetOptions.databaseUrlFile,
  databaseSchema: fleetOptions.databaseSchema,
};

function toUrl(text: string): string {
  if (SHAPE.test(text)) return text;
  throw new UnitError(
    'It must be a URL such as "postgres://user@host:5432/name".',
  );
}
