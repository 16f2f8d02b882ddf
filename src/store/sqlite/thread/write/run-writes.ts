/** The changes of runs. */
import type { Database } from "bun:sqlite";
import { and, eq, lt, type SQL, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import {
  bound,
  type HotStatement,
  prepareHot,
  type Row,
  type Value,
} from "../../hot-statement.ts";
import {
  ENDED,
  FIRST_FINISHED,
  INSERTED,
  prepareFindByKey,
  toNumber,
} from "../../run-row.ts";
import { deliveries, runs } from "../../schema.ts";
import type { Changes } from "./changes.ts";

/** Finished, and nobody is owed a callback any more. */
export const isDeletable = sql`${runs.status} >= ${sql.raw(String(FIRST_FINISHED))} AND NOT EXISTS (
  SELECT 1 FROM ${deliveries} WHERE ${deliveries.runId} = ${runs.id} AND ${deliveries.state} = 'pending')`;

const STATUS = INSERTED.indexOf("status");
const FINISHED_AT = INSERTED.indexOf("finishedAt");
const OWNER = INSERTED.indexOf("owner");
const IDEMPOTENCY_KEY = INSERTED.indexOf("idempotencyKey");

type RunWrite =
  | "insert"
  | "start"
  | "postpone"
  | "resume"
  | "detach"
  | "detachUnheard"
  | "finish"
  | "delete"
  | "markArtifacts";

export function prepareRunWrites(
  sqlite: Database,
  db: BunSQLiteDatabase,
): Pick<Changes, RunWrite> {
  const isUnfinished = and(
    eq(runs.id, bound("id")),
    lt(runs.status, FIRST_FINISHED),
  );
  const update = (
    set: Parameters<ReturnType<typeof db.update<typeof runs>>["set"]>[0],
    names: readonly string[],
    where: SQL | undefined = isUnfinished,
  ) => prepareHot(sqlite, db.update(runs).set(set).where(where), names);
  const hasChanged =
    (statement: HotStatement) =>
    (values: Row): false | undefined =>
      statement.run(values) === 1 ? undefined : false;

  const insert = prepareHot(
    sqlite,
    db.insert(runs).values(toPlaceholders(INSERTED)).onConflictDoNothing(),
    INSERTED,
  );
  const findEarlier = prepareFindByKey(sqlite, db);
  const start = update(
    {
      status: toNumber("running"),
      startedAt: bound("startedAt"),
      attempt: bound("attempt"),
    },
    ["id", "startedAt", "attempt"],
  );
  const detach = update(
    {
      detached: true,
      detachedAt: sql`ifnull(${runs.detachedAt}, ${bound("at")})`,
    },
    ["id", "at"],
  );
  const detachUnheard = update({ detached: true }, ["id"]);
  const detachFinished = update(
    { detached: true },
    ["id"],
    and(eq(runs.id, bound("id")), eq(runs.detached, false)),
  );
  const finish = update(toPlaceholders(ENDED), ["id", ...ENDED]);
  const owe = prepareOwe(sqlite, db);
  const remove = prepareHot(
    sqlite,
    db.delete(runs).where(and(eq(runs.id, bound("id")), isDeletable)),
    ["id"],
  );
  const isFinal = (values: Row) => Number(values[STATUS]) >= FIRST_FINISHED;

  return {
    insert(values) {
      const [id = null, callbackUrl, detached] = values;
      if (insert.run(values) === 0) {
        const [earlier] = findEarlier.rows([
          values[OWNER] as Value,
          values[IDEMPOTENCY_KEY] as Value,
        ]);
        if (earlier === undefined)
          throw new Error(`There is already a run with the id ${id}`);
        return { earlier };
      }
      if (callbackUrl === null || detached === 0 || !isFinal(values))
        return undefined;
      return owe(id, values[FINISHED_AT] as Value);
    },
    start: hasChanged(start),
    postpone: hasChanged(update({ nextAttemptAt: bound("at") }, ["id", "at"])),
    resume: hasChanged(
      update({ nextAttemptAt: null, attempt: bound("attempt") }, [
        "id",
        "attempt",
      ]),
    ),
    detach: hasChanged(detach),
    detachUnheard([id = null, at = null]) {
      if (detachUnheard.run([id]) === 1 || detachFinished.run([id]) === 0)
        return undefined;
      return owe(id, at);
    },
    finish([hasCallback, ...values]) {
      const isFirst = finish.run(values) === 1;
      if (!isFirst) return { isFirst };
      if (hasCallback === 0) return undefined;
      const [id = null, , , , at = null] = values;
      return { isFirst, ...owe(id, at) };
    },
    delete: hasChanged(remove),
    markArtifacts: hasChanged(
      update({ hasArtifacts: true }, ["id"], eq(runs.id, bound("id"))),
    ),
  };
}

/** Makes the outcome of a finished run owed to its callback, where it is detached and has one. */
function prepareOwe(sqlite: Database, db: BunSQLiteDatabase) {
  const statement = prepareHot(
    sqlite,
    db
      .insert(deliveries)
      .select(
        sql`SELECT NULL, ${runs.id}, ${runs.callbackUrl}, ${runs.callbackHost}, 'pending', 0, ${bound("at")}, ${bound("at")}, ${runs.owner} FROM ${runs} WHERE ${runs.id} = ${bound("id")} AND ${runs.detached} AND ${runs.callbackUrl} IS NOT NULL`,
      )
      .returning({ host: deliveries.host }),
    ["id", "at"],
  );
  return (id: Value, at: Value): { owedTo: string } | undefined => {
    const [row] = statement.rows([id, at]);
    return row === undefined ? undefined : { owedTo: row[0] as string };
  };
}

function toPlaceholders<Name extends string>(names: readonly Name[]) {
  const entries = names.map((name) => [name, bound(name)]);
  return Object.fromEntries(entries) as Record<Name, SQL>;
}
