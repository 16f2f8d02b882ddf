/** Ending runs that are queued for too long: only while nobody has begun them. */
import { startTimer, startTimedOut } from "../../../run/active/clock.ts";
import { untilStored } from "../../../run/active/until-stored.ts";
import type { NewRun } from "../../../run/store.ts";
import type { FlushWriter } from "../write/writer.ts";
import type { Bell } from "./bell.ts";

const EXPIRE = `
with late as (
  update "actiond".runs r set status = 3, error = $2, finished_at = $3::int8, finished_by = $4::uuid
  where r.id = $1::uuid and r.status = 0 and r.started_at is null
  returning r.id, r.callback_url, r.callback_host, r.owner, r.detached
), owed as (
  insert into "actiond".deliveries (run_id, url, host, state, next_attempt_at, created_at, owner)
  select l.id, l.callback_url, l.callback_host, 'pending', $3::int8, $3::int8, l.owner from late l
  where l.detached and l.callback_url is not null
  on conflict (run_id) do nothing
)
select id from late`;

/**
 * Starts the clock of a queued run; it runs on when another replica has begun the run, and changes nothing then.
 *
 * @returns undefined where there is no limit
 */
export function startSharedQueueClock(
  run: Pick<NewRun, "id" | "createdAt" | "startTimeoutMs">,
  parts: {
    readonly me: string;
    readonly writer: Pick<FlushWriter, "write">;
    readonly bell: Bell;
  },
): Disposable | undefined {
  const { id, createdAt, startTimeoutMs: ms } = run;
  if (ms === null) return undefined;
  return startTimer(ms - (Date.now() - createdAt), () => {
    // A store that is closed leaves it to whoever claims the run.
    expire(id, ms, parts).catch(() => undefined);
  });
}

async function expire(
  id: string,
  ms: number,
  { me, writer, bell }: Parameters<typeof startSharedQueueClock>[1],
): Promise<void> {
  const outcome = startTimedOut(ms);
  const error =
    outcome.status === "passed" ? null : JSON.stringify(outcome.error);
  const parameters = [id, error, Date.now(), me];
  const ended = await untilStored(
    () => writer.write({ kind: "other", id, text: EXPIRE, parameters }),
    () => undefined,
  );
  if (ended.length === 0) return;
  bell.ring(`f${id}`);
  bell.ring("d");
}
