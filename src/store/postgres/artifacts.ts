/**
 * The PostgreSQL side of `ArtifactStore`. Files are written piece by piece on the connections for look-ups, so that no
 * claim and no change of a run waits for a large one, and are there when the last piece is.
 */
import type { Artifact } from "../../run/artifacts/artifact-folder.ts";
import type {
  ArtifactStore,
  FileContents,
} from "../../run/artifacts/artifact-store.ts";
import type { PostgresStore } from "./open.ts";
import { isText, isUuid } from "./values.ts";

const PIECE_BYTES = 256 * 1024;

/** $6: the replica. Where another one has carried the run, only what is missing is added. */
const BEGIN = `
insert into "actiond".artifacts (id, run, name, bytes, at)
select $1::uuid, r.numbered_id, $3, $4::int8, $5::int8 from "actiond".runs r
where r.id = $2::uuid and (r.replica = $6::uuid or r.status >= 2 and not exists (
  select 1 from "actiond".artifacts a where a.run = r.numbered_id and a.name = $3 and a.is_complete
)) returning 1`;
const ADD = `
insert into "actiond".artifact_pieces (artifact, number, data)
select a.id, $2::int4, decode($3, 'base64') from "actiond".artifacts a where a.id = $1::uuid`;
const COMPLETE = `
update "actiond".artifacts set is_complete = true where id = $1::uuid returning run`;
const DROP_OTHERS = `
delete from "actiond".artifacts where run = $1::int8 and name = $2 and id <> $3::uuid`;

const LIST = `
select distinct on (a.name) a.name, a.bytes, a.at, a.id from "actiond".artifacts a
join "actiond".runs r on r.numbered_id = a.run
where r.id = $1::uuid and a.is_complete and ($2::text is null or a.name = $2)
order by a.name, a.id desc`;
const PIECE = `
select encode(data, 'base64') from "actiond".artifact_pieces where artifact = $1::uuid and number = $2::int4`;
const TOTAL = `select coalesce(sum(bytes), 0)::float8 from "actiond".artifacts`;

/** @returns the artifact store of an open database */
export function createArtifactStore({
  reader,
  me,
}: Pick<PostgresStore, "reader" | "me">): ArtifactStore {
  const list = async (id: string, name: string | null = null) =>
    isUuid(id) ? await reader.ask(LIST, [id, name]) : [];
  const readPiece = async (artifact: string, number: number) => {
    const [row] = await reader.ask(PIECE, [artifact, number]);
    if (row === undefined)
      throw new Error("The file was deleted while it was read.");
    return Buffer.from(row[0] as string, "base64");
  };
  return {
    async put(id, { name, bytes, at }, file) {
      const artifact = Bun.randomUUIDv7();
      const begun = await reader.ask(BEGIN, [
        artifact,
        id,
        name,
        bytes,
        at,
        me,
      ]);
      if (begun.length === 0) return;
      for (let number = 0; number * PIECE_BYTES < file.size; number += 1) {
        const start = number * PIECE_BYTES;
        const piece = await file.slice(start, start + PIECE_BYTES).bytes();
        await reader.ask(ADD, [artifact, number, piece.toBase64()]);
      }
      const [row] = await reader.ask(COMPLETE, [artifact]);
      if (row !== undefined)
        await reader.ask(DROP_OTHERS, [row[0] as string, name, artifact]);
    },
    list: async (id) =>
      (await list(id)).map(([name, bytes, at]): Artifact => ({
        name: name as string,
        bytes: Number(bytes),
        at: Number(at),
      })),
    async find(id, name): Promise<FileContents | undefined> {
      const [row] = isText(name) ? await list(id, name) : [];
      if (row === undefined) return undefined;
      const [, bytes, , artifact] = row as [string, string, string, string];
      return {
        size: Number(bytes),
        slice(start, end) {
          let place = start;
          return new ReadableStream<Uint8Array>(
            {
              async pull(controller) {
                if (place >= end) {
                  controller.close();
                  return;
                }
                const number = Math.floor(place / PIECE_BYTES);
                const from = number * PIECE_BYTES;
                const piece = await readPiece(artifact, number);
                controller.enqueue(piece.subarray(place - from, end - from));
                place = from + PIECE_BYTES;
              },
            },
            { highWaterMark: 0 },
          );
        },
      };
    },
    async totalBytes() {
      const [row] = await reader.ask(TOTAL);
      return row?.[0] as number;
    },
  };
}
