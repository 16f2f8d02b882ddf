/** Looks at a data folder, without changing anything in it, also while a server uses it. */
import { Database } from "bun:sqlite";
import { existsSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import {
  and,
  asc,
  count,
  desc,
  eq,
  lt,
  lte,
  max,
  min,
  or,
  type SQL,
} from "drizzle-orm";
import { type DeliveryState } from "../../../run/delivery/delivery.ts";
import type { KeptContent } from "../../kept-content.ts";
import { type Status, STATUSES } from "../../../run/run.ts";
import { StoreError } from "../../store-error.ts";
import { hasNewestSchema } from "../migrations.ts";
import type { StoreSizes } from "../../storage.ts";
import type { Retention } from "../../sweeping.ts";
import { deliveries, runs } from "../schema.ts";
import { measureStore } from "../upkeep/size.ts";
import { isDeletable } from "../thread/write/run-writes.ts";
import { findWrongModes } from "./wrong-modes.ts";

export interface Examination {
  /** Whether a server uses the folder now. */
  readonly isInUse: boolean;
  /** "ok", or what is damaged, a line for each place. */
  readonly integrity: readonly string[];
  readonly sizes: StoreSizes & { readonly freePages: number };
  readonly diskFreeBytes: number;
  readonly wrongModes: readonly string[];
  /** Whether this version can read the database. */
  readonly isKnownSchema: boolean;
  /** Undefined when it is damaged or of another version. */
  readonly content: KeptContent | undefined;
}

const MAX_DAMAGES = 10;

/** @throws {StoreError} there is no database, or it cannot be read */
export function examine(
  folder: string,
  options: Retention & { readonly now: number },
): Examination {
  const file = join(folder, "actiond.db");
  if (!existsSync(file))
    throw new StoreError(`There is no database in ${folder}.`);
  const { bavail, bsize } = statfsSync(folder);
  const wrongModes = findWrongModes(folder);
  try {
    using sqlite = new Database(file, { readonly: true, strict: true });
    sqlite.run("PRAGMA busy_timeout = 2000");
    const [freePages] = sqlite.query("PRAGMA freelist_count").values().flat();
    const integrity = checkIntegrity(sqlite);
    const isKnownSchema = hasNewestSchema(file);
    return {
      isInUse: isHeld(folder),
      integrity,
      isKnownSchema,
      sizes: {
        ...measureStore({ file, sqlite }),
        freePages: Number(freePages),
      },
      diskFreeBytes: bavail * bsize,
      wrongModes,
      content:
        isKnownSchema && integrity[0] === "ok"
          ? lookInside(drizzle({ client: sqlite }), options)
          : undefined,
    };
  } catch (error) {
    throw new StoreError(
      `The database ${file} cannot be read: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}

/** @returns "ok", or a line for each place that is damaged; some damage ends the check itself */
function checkIntegrity(sqlite: Database): string[] {
  try {
    return sqlite
      .query(`PRAGMA integrity_check(${MAX_DAMAGES})`)
      .values()
      .map(String);
  } catch (error) {
    return [(error as Error).message];
  }
}

function lookInside(
  db: BunSQLiteDatabase,
  { keepRunsMs, keepCount, now }: Retention & { now: number },
): KeptContent {
  const counts = db
    .select({ status: runs.status, number: count() })
    .from(runs)
    .groupBy(runs.status)
    .all();
  const runCounts = Object.fromEntries(
    STATUSES.map((status, index) => [
      status,
      counts.find((row) => row.status === index)?.number ?? 0,
    ]),
  ) as Record<Status, number>;
  const newest = db
    .select({ id: max(runs.numberedId) })
    .from(runs)
    .get()?.id;
  const isOld = or(
    lt(runs.finishedAt, Math.max(now - keepRunsMs, 0)),
    lte(runs.numberedId, Math.max((newest ?? 0) - keepCount, 0)),
  );
  const isIn = (state: DeliveryState) => eq(deliveries.state, state);
  const pending = db
    .select({ count: count(), oldestAt: min(deliveries.createdAt) })
    .from(deliveries)
    .where(isIn("pending"))
    .get();
  const number = count();
  return {
    runCounts,
    oldestAt: oldest(db),
    oldestUnfinishedAt: oldest(
      db,
      lte(runs.status, STATUSES.indexOf("running")),
    ),
    pending: pending ?? { count: 0, oldestAt: null },
    dead: db
      .select({ host: deliveries.host, count: number })
      .from(deliveries)
      .where(isIn("dead"))
      .groupBy(deliveries.host)
      .orderBy(desc(number))
      .all(),
    deletableCount:
      db.select({ number }).from(runs).where(and(isDeletable, isOld)).get()
        ?.number ?? 0,
  };
}

function oldest(db: BunSQLiteDatabase, which?: SQL): number | null {
  return (
    db
      .select({ createdAt: runs.createdAt })
      .from(runs)
      .where(which)
      .orderBy(asc(runs.numberedId))
      .limit(1)
      .get()?.createdAt ?? null
  );
}

/** Whoever holds the folder keeps everybody else from reading the lock's own database: see `lock.ts`. */
function isHeld(folder: string): boolean {
  const file = join(folder, "actiond.lock");
  if (!existsSync(file)) return false;
  using sqlite = new Database(file, { readonly: true });
  try {
    sqlite.query("SELECT count(*) FROM sqlite_master").get();
    return false;
  } catch {
    return true;
  }
}
