/** Tells when a run, read as a resource, reads differently than before. */
import type { RunEvents, RunFacts } from "../../run/events.ts";

export function watchStates(
  events: RunEvents,
  onChange: (run: RunFacts) => void,
): Disposable {
  return events.listen(["started", "attempt_failed", "finished"], ({ run }) => {
    onChange(run);
  });
}
