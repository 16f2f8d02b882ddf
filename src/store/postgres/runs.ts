/** The PostgreSQL side of `RunStore`. */
import type { Run, RunId } from "../../run/run.ts";
import type { RunStore } from "../../run/store.ts";
import type { FleetMembers, RunAnswer, RunChange } from "./write/changes.ts";
import { readColumns, toRun } from "./columns.ts";
import type { Parameter } from "./connect/client.ts";
import { listRuns } from "./list-runs.ts";
import { isDeletable } from "./upkeep/retention.ts";
import { isText, isUuid } from "./values.ts";
import type { PostgresStore } from "./open.ts";

const ONE = `select ${readColumns()} from "actiond".runs r where`;

/**
 * @param membersOf says what the fleet has to know of a run that is accepted here
 * @returns the run store of an open database
 */
export function createRunStore(
  { reader, writer }: Pick<PostgresStore, "reader" | "writer">,
  membersOf: (id: RunId) => Partial<FleetMembers> = () => ({}),
): RunStore {
  const one = async (
    where: string,
    parameters: readonly Parameter[],
  ): Promise<Run | undefined> => {
    const [row] = await reader.ask(`${ONE} ${where}`, parameters);
    return row && toRun(row);
  };
  const findByIdempotencyKey = async (owner: string, key: string) =>
    isText(key)
      ? await one("r.idempotency_key = $1 and r.owner = $2", [key, owner])
      : undefined;
  const find = async (id: RunId) =>
    isUuid(id) ? await one("r.id = $1", [id]) : undefined;
  const change = async (asked: RunChange) => (await writer.write(asked)).isMade;
  const owed = ({ owedTo }: RunAnswer) =>
    owedTo === undefined ? {} : { owedTo };

  return {
    async insert(run, end) {
      const { id, owner, idempotencyKey } = run;
      for (;;) {
        const members = { ...run, ...membersOf(id) };
        const asked = { kind: "insert", id, run: members, end } as const;
        const { isMade } = await writer.write(asked);
        if (isMade) return undefined;
        const earlier =
          idempotencyKey === null
            ? undefined
            : await findByIdempotencyKey(owner, idempotencyKey);
        if (earlier !== undefined) return earlier;
        // Else the earlier run was deleted meanwhile.
        if (idempotencyKey === null || (await find(id)) !== undefined)
          throw new Error(`There is already a run with the id ${id}.`);
      }
    },
    start: (id, startedAt, attempt) =>
      change({ kind: "start", id, startedAt, attempt }),
    postpone: (id, nextAttemptAt) =>
      change({ kind: "postpone", id, nextAttemptAt }),
    resume: (id, attempt) => change({ kind: "resume", id, attempt }),
    detach: (id) => change({ kind: "detach", id, at: Date.now() }),
    async detachUnheard(id) {
      return owed(await writer.write({ kind: "unheard", id, at: Date.now() }));
    },
    async finish({ id }, end, by = "code") {
      const answer = await writer.write({ kind: "finish", id, end, by });
      const { isMade: isFirst, isDetached } = answer;
      // What it is for a run that somebody else has ended, its row tells.
      if (!isFirst) return { isFirst };
      return { isFirst, isDetached, ...owed(answer) };
    },
    async markArtifacts(id) {
      const rows = await writer.write({
        kind: "other",
        id,
        text: `update "actiond".runs set has_artifacts = true where id = $1::uuid returning 1`,
        parameters: [id],
      });
      return rows.length === 1;
    },
    async delete(id) {
      const rows = await writer.write({
        kind: "other",
        id,
        text: `delete from "actiond".runs r where r.id = $1::uuid and ${isDeletable} returning 1`,
        parameters: [id],
      });
      return rows.length === 1;
    },
    find,
    async findLean(id) {
      if (!isUuid(id)) return undefined;
      const [row] = await reader.ask(
        `select ${readColumns(true)} from "actiond".runs r where r.id = $1`,
        [id],
      );
      return row && toRun(row);
    },
    async readResult(id, from, byteCount) {
      const [row] = isUuid(id)
        ? await reader.ask(
            `select substring(convert_to(r.result, 'UTF8') from $2::int4 + 1 for $3::int4)
             from "actiond".runs r where r.id = $1`,
            [id, from, byteCount],
          )
        : [];
      return (row?.[0] ?? new Uint8Array()) as Uint8Array;
    },
    async bytesOf(id) {
      if (!isUuid(id)) return 0;
      const [row] = await reader.ask(
        `select octet_length(r.input) + coalesce(octet_length(r.result), 0) + coalesce(octet_length(r.error), 0)
         from "actiond".runs r where r.id = $1`,
        [id],
      );
      return Number(row?.[0] ?? 0);
    },
    findByIdempotencyKey,
    async findByRequestId(requestId, owner) {
      if (requestId === "" || !isText(requestId)) return undefined;
      const [row] = await reader.ask(
        `select r.id from "actiond".runs r
         where r.request_id = $1 and r.request_id <> '' ${owner === undefined ? "" : "and r.owner = $2"}
         order by r.numbered_id limit 1`,
        owner === undefined ? [requestId] : [requestId, owner],
      );
      return row?.[0] as RunId | undefined;
    },
    list: (filter) => listRuns(reader, filter),
    // They are claimed one by one.
    unfinished: () => Promise.resolve([]),
  };
}
