/** Counts the attempts at callbacks, from the events that say so. */
import type { Meter } from "@opentelemetry/api";
import type { RunEvents } from "../../run/events.ts";
import { HTTP_SECONDS } from "./buckets.ts";

/** Receivers are not told apart: callers choose them. */
export function countCallbackEvents(
  meter: Meter,
  events: RunEvents,
): Disposable {
  const owed = meter.createCounter("actiond.callbacks.owed", {
    description: "Callbacks that became owed.",
  });
  const duration = meter.createHistogram("actiond.callback.attempt.duration", {
    description:
      "Time that attempts at callbacks took, by what the callback was after them: delivered, refused, pending or dead.",
    unit: "s",
    advice: { explicitBucketBoundaries: HTTP_SECONDS },
  });
  const listening = new DisposableStack();
  listening.use(
    events.listen(["owed"], () => {
      owed.add(1);
    }),
  );
  listening.use(
    events.listen(["callback_attempt"], ({ state, attempt }) => {
      const { httpStatus, ms } = attempt;
      const status =
        httpStatus === null ? "none" : `${Math.floor(httpStatus / 100)}xx`;
      duration.record(ms / 1000, { state, status });
    }),
  );
  return listening;
}
