/** How far a run says it is. */
import type { RunEvent } from "../api/objects.ts";

export function Progress({ events }: { events: readonly RunEvent[] }) {
  const event = events.findLast(({ name }) => name === "progress");
  if (event === undefined) return null;
  const fraction = fractionOf(event);
  const message =
    typeof event["message"] === "string" ? event["message"] : undefined;
  return (
    <div class="progress" role="status">
      <div class="progress-text">
        <span>{message ?? "In progress"}</span>
        {fraction !== undefined && <span>{Math.round(fraction * 100)} %</span>}
      </div>
      {fraction !== undefined && (
        <progress value={fraction} max={1} aria-label="Progress of the run" />
      )}
    </div>
  );
}

/** Of a share of 1, or of a count and its total. */
function fractionOf(event: RunEvent): number | undefined {
  const { done, total, fraction } = event as {
    done?: unknown;
    total?: unknown;
    fraction?: unknown;
  };
  if (typeof fraction === "number") return clamp(fraction);
  if (typeof done === "number" && typeof total === "number" && total > 0)
    return clamp(done / total);
  return undefined;
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
