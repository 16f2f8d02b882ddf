/** The SQLite side of `RunStore`. */
import { and, asc, eq, sql } from "drizzle-orm";
import type { Run, RunId } from "../../run/run.ts";
import type { End, NewRun, RunFilter, RunStore } from "../../run/store.ts";
import { bound, prepareHot, type Value } from "./hot-statement.ts";
import { toRow } from "./large-texts.ts";
import type { Store } from "./open.ts";
import {
  ENDED,
  INSERTED,
  isOfKey,
  prepareFindRun,
  toEnd,
  toInsertion,
  toRun,
} from "./run-row.ts";
import { runs } from "./schema.ts";
import type { Answers } from "./thread/write/changes.ts";

/** Where an insertion's outcome begins: its name travels before its values. */
const END_PLACE = 1 + INSERTED.length - ENDED.length;

/** A larger run is read by the thread, because that takes longer than a step in an index. */
const LARGE_BYTES = 1_000_000;

/** @returns the run store of an open database */
export function createRunStore({
  sqlite,
  db,
  reader,
  writer,
  insertions,
}: Store): RunStore {
  const findById = prepareFindRun(sqlite, db);
  // It is known without reading the texts: https://sqlite.org/lang_corefunc.html#octet_length
  const bytes = sql`octet_length(${runs.input}) + ifnull(octet_length(${runs.result}), 0) + ifnull(octet_length(${runs.error}), 0)`;
  const sizeById = prepareHot(
    sqlite,
    db
      .select({ bytes })
      .from(runs)
      .where(eq(runs.id, bound("id"))),
    ["id"],
  );
  const sizeByKey = prepareHot(
    sqlite,
    db.select({ id: runs.id, bytes }).from(runs).where(isOfKey),
    ["owner", "key"],
  );

  const find = async (id: RunId, byteCount: number) => {
    if (byteCount <= LARGE_BYTES) return findById.rows([id]).map(toRun)[0];
    const row = await reader.ask(["run", id]);
    return row === undefined ? undefined : toRun(await toRow(row));
  };

  const bytesOf = (id: RunId) => Number(sizeById.rows([id])[0]?.[0] ?? 0);

  const change = (
    name:
      "start" | "postpone" | "resume" | "detach" | "delete" | "markArtifacts",
    id: RunId,
    ...values: Value[]
  ) => {
    insertions.keepApart(id);
    return writer.write([name, id, ...values], true);
  };

  return {
    insert(run: NewRun, end?: End) {
      const write = toInsertion(run, end);
      const inserted = writer.write(write, undefined);
      if (end === undefined) insertions.add(run.id, { write, inserted });
      return inserted.then(toEarlier);
    },
    start: (id, startedAt, attempt) => change("start", id, startedAt, attempt),
    postpone: (id, nextAttemptAt) => change("postpone", id, nextAttemptAt),
    resume: (id, attempt) => change("resume", id, attempt),
    detach: (id) => change("detach", id, Date.now()),
    delete: (id) => change("delete", id),
    markArtifacts: (id) => change("markArtifacts", id),
    detachUnheard(id) {
      insertions.keepApart(id);
      return writer.write(["detachUnheard", id, Date.now()], {});
    },
    async finish({ id, callbackUrl }, end) {
      const insertion = insertions.take(id);
      if (insertion === undefined) {
        const hasCallback = callbackUrl === null ? 0 : 1;
        return writer.write(["finish", hasCallback, id, ...toEnd(end)], {
          isFirst: true,
        });
      }
      const { write, inserted } = insertion;
      write.splice(END_PLACE, ENDED.length, ...toEnd(end));
      const answer = await inserted;
      if (answer === undefined) return { isFirst: true };
      return "owedTo" in answer
        ? { isFirst: true, ...answer }
        : { isFirst: false };
    },
    async find(id) {
      return await find(id, bytesOf(id));
    },
    async findLean(id) {
      const row = await reader.ask(["leanRun", id]);
      return row === undefined ? undefined : toRun(row);
    },
    readResult: (id, from, byteCount) =>
      reader.ask(["result", { id, from, byteCount }]),
    bytesOf: async (id) => bytesOf(id),
    async findByIdempotencyKey(owner, key) {
      const [[id, byteCount] = []] = sizeByKey.rows([owner, key]);
      return id === undefined
        ? undefined
        : await find(id as RunId, Number(byteCount));
    },
    async findByRequestId(requestId, owner) {
      return db
        .select({ id: runs.id })
        .from(runs)
        .where(
          and(
            eq(runs.requestId, requestId),
            sql`${runs.requestId} <> ''`,
            owner === undefined ? undefined : eq(runs.owner, owner),
          ),
        )
        .orderBy(asc(runs.numberedId))
        .limit(1)
        .get()?.id;
    },
    async list(filter: RunFilter) {
      const { rows, hasMore } = await reader.ask(
        ["runs", filter],
        filter.owner,
      );
      const found: Run[] = [];
      for (const row of rows) found.push(toRun(await toRow(row)));
      return { runs: found, hasMore };
    },
    async unfinished() {
      const rows = await reader.ask(["unfinished", null]);
      return rows.map(toRun);
    },
  };
}

function toEarlier(answer: Answers["insert"]): Run | undefined {
  return answer === undefined || "owedTo" in answer
    ? undefined
    : toRun(answer.earlier);
}
