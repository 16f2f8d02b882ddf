/** What was tried to deliver a callback. */
import type { Delivery, DeliveryAttempt } from "../api/objects.ts";
import { toDuration } from "../format/time.ts";
import { Moment } from "../parts/moment.tsx";

export function Attempts(props: {
  delivery: Delivery;
  attempts: readonly DeliveryAttempt[];
}) {
  const { delivery, attempts } = props;
  return (
    <ol class="steps">
      {attempts.map(({ number, time, status, milliseconds, error }) => (
        <li
          key={number}
          class={`step ${error === null ? "step-good" : "step-bad"}`}
        >
          <span class="step-text">
            Attempt {number}
            {status !== null && `: ${status}`}
          </span>
          <span class="step-time">
            <Moment time={time} />, {toDuration(milliseconds)}
          </span>
          {error !== null && <span class="step-detail">{error}</span>}
        </li>
      ))}
      {delivery.next_attempt_time !== null && (
        <li class="step step-waiting">
          <span class="step-text">Next attempt</span>
          <span class="step-time">
            <Moment time={delivery.next_attempt_time} />
          </span>
        </li>
      )}
    </ol>
  );
}
