/** Follows what other processes do to the runs that are carried here. */
import { ServerError } from "../../errors.ts";
import type { ActiveRun } from "../active/active-run.ts";
import type { Runner } from "../active/runner.ts";
import { untilStored } from "../active/until-stored.ts";
import type { RunEvents } from "../events.ts";
import type { News } from "./news.ts";
import { outcomeOf } from "../run.ts";
import type { RunStore } from "../store.ts";
import { interrupted } from "../take-up.ts";

interface Parts {
  readonly news: News;
  readonly runner: Runner;
  readonly store: RunStore;
  readonly events: RunEvents;
}

/** Ends the code of runs that others have ended, and of those that others may run again. */
export function followOthers({
  news,
  runner,
  store,
  events,
}: Parts): Disposable {
  const following = new DisposableStack();
  following.use(
    news.onEnded((run) => {
      runner.find(run.id)?.endEarly(outcomeOf(run));
    }),
  );
  /** Its outcome will not be known here: once the store answers, it belongs to the callback. */
  const leave = async (run: ActiveRun) => {
    run.dismiss(lost());
    run.suspend(interrupted());
    const { owedTo } = await untilStored(
      () => store.detachUnheard(run.id),
      () => undefined,
    );
    if (owedTo !== undefined)
      events.publish(run, { kind: "owed", host: owedTo });
  };
  following.use(
    news.onLost(() => {
      for (const run of runner.active)
        if (run.place.isHeld && !run.isFinishing && mayRunElsewhere(run))
          // A store that is closed by then has others that detach the run.
          leave(run).catch(() => undefined);
    }),
  );
  return following;
}

/** In its last attempt it goes on here: nobody else makes another one. */
function mayRunElsewhere({ entry, attempt }: ActiveRun): boolean {
  const { onInterrupt, maxAttempts } = entry.action;
  return onInterrupt === "retry" && attempt < maxAttempts;
}

function lost(): ServerError {
  return new ServerError(
    "store_unavailable",
    "The database does not answer, and another replica may execute the run again.",
    { retryAfterSeconds: 5 },
  );
}
