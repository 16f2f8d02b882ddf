/** Whether the server accepting runs now. */
import { isLost } from "../api/connection.ts";
import { ask } from "../api/request.ts";
import { useInterval, useResource } from "../api/resource.ts";

const POLL_MS = 5000;

export function Health() {
  const health = useResource("health", (signal) =>
    ask<{ status: string }>("/health/ready", { signal }),
  );
  useInterval(POLL_MS, health.reload);
  if (health.isLoading) return null;
  if (isLost.value)
    return (
      <span class="badge badge-bad">
        <span class="badge-dot" />
        not reachable
      </span>
    );
  return health.error === undefined ? (
    <span class="badge badge-good">
      <span class="badge-dot" />
      accepting runs
    </span>
  ) : (
    <span class="badge badge-waiting">
      <span class="badge-dot" />
      not accepting runs
    </span>
  );
}
