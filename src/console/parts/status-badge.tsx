/** A state as a colour, a shape and a word. */
import type { DeliveryState, State } from "../api/objects.ts";

const TONES: Readonly<Record<State | DeliveryState, string>> = {
  queued: "waiting",
  running: "active",
  passed: "good",
  failed: "bad",
  cancelled: "quiet",
  pending: "waiting",
  delivered: "good",
  refused: "quiet",
  dead: "bad",
};

export function StatusBadge({ state }: { state: State | DeliveryState }) {
  return (
    <span class={`badge badge-${TONES[state]}`}>
      <span class="badge-dot" aria-hidden="true" />
      {state}
    </span>
  );
}
