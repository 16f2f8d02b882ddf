/** The last hour in three charts: how many runs, how long they took, and how many failed. */
import type { Minute } from "../api/objects.ts";
import { ask, isMissing } from "../api/request.ts";
import { useInterval, useResource } from "../api/resource.ts";
import { toCount } from "../format/amounts.ts";
import { toDuration } from "../format/time.ts";
import { BarChart, LineChart } from "./chart.tsx";

const POLL_MS = 15_000;

export function Charts() {
  const { value, error, reload } = useResource("statistics", (signal) =>
    ask<Minute[]>("/api/statistics?minutes=60", { signal }),
  );
  useInterval(isMissing(error) ? undefined : POLL_MS, reload);
  // A server without statistics, or a key that may not see them, has a list all the same.
  if (error !== undefined && value === undefined) return null;
  const minutes = value ?? [];
  const total = sum(minutes, totalOf);
  const failed = sum(minutes, ({ failed: count }) => count);
  const slowest = Math.max(0, ...minutes.map(({ p95_ms }) => p95_ms ?? 0));
  return (
    <div
      class="charts"
      role="group"
      aria-label="The last hour"
      aria-busy={value === undefined}
      // On a phone it scrolls sideways.
      tabIndex={0}
    >
      <BarChart
        title="Runs"
        headline={total.toLocaleString("en")}
        unit="in the last hour"
        minutes={minutes}
        series={[
          { name: "passed", tone: "good", valueOf: ({ passed }) => passed },
          { name: "failed", tone: "bad", valueOf: (minute) => minute.failed },
          {
            name: "cancelled",
            tone: "quiet",
            valueOf: ({ cancelled }) => cancelled,
          },
        ]}
        toText={String}
      />
      <LineChart
        title="Duration"
        headline={slowest === 0 ? "–" : toDuration(slowest)}
        unit="p95 of the slowest minute"
        minutes={minutes}
        series={[
          { name: "median", tone: "active", valueOf: ({ p50_ms }) => p50_ms },
          { name: "95 %", tone: "waiting", valueOf: ({ p95_ms }) => p95_ms },
        ]}
        toText={toDuration}
      />
      <BarChart
        title="Failures"
        headline={
          total === 0 ? "–" : `${((100 * failed) / total).toFixed(1)} %`
        }
        unit={`${toCount(failed, "run")} failed`}
        minutes={minutes}
        series={[
          { name: "failed", tone: "bad", valueOf: (minute) => minute.failed },
        ]}
        toText={String}
      />
    </div>
  );
}

function totalOf({ passed, failed, cancelled }: Minute): number {
  return passed + failed + cancelled;
}

function sum(
  minutes: readonly Minute[],
  valueOf: (minute: Minute) => number,
): number {
  return minutes.reduce((total, minute) => total + valueOf(minute), 0);
}
