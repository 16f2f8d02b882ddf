/** Giving up a run that is carried here and has no outcome. */
import { untilStored } from "../../../run/active/until-stored.ts";
import type { RunId } from "../../../run/run.ts";
import type { FlushWriter } from "../write/writer.ts";

const QUEUE_AGAIN = `
update "actiond".runs set status = 0, attempt = attempt + 1, replica = null, holding = false, started_at = null
where id = $1::uuid and replica = $2::uuid and status = 1 and attempt < retry_limit returning 1`;

/**
 * Queues a run again, where another attempt may be made.
 *
 * @throws {ServerError} `shutting_down` when the store is closed: then the others take the run over
 */
export async function queueAgain(
  id: RunId,
  { me, writer }: { me: string; writer: Pick<FlushWriter, "write"> },
): Promise<void> {
  const parameters = [id, me];
  await untilStored(
    () => writer.write({ kind: "other", id, text: QUEUE_AGAIN, parameters }),
    () => undefined,
  );
}
