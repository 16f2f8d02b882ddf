/** What can be done with the selected runs: they are cancelled one by one, with the outcome of each. */
import { useState } from "preact/hooks";
import type { RunSummary } from "../api/objects.ts";
import { toCount } from "../format/amounts.ts";
import { announce, announceFailure } from "../parts/announce.tsx";
import { Icon } from "../parts/icon.tsx";
import { toMessage } from "../parts/states.tsx";
import { cancelRun } from "../run/cancel-button.tsx";
import { repeatRun } from "../run/repeat.ts";
import { isActive } from "../run/use-run.ts";

export function SelectionBar(props: {
  runs: readonly RunSummary[];
  onDone: () => void;
}) {
  const { runs, onDone } = props;
  const [isBusy, setBusy] = useState(false);
  if (runs.length === 0) return null;
  const active = runs.filter(isActive);
  const ended = runs.filter((run) => !isActive(run));
  const act = async (work: () => Promise<void>) => {
    setBusy(true);
    await work();
    setBusy(false);
    onDone();
  };
  return (
    <div class="selection" role="region" aria-label="Selected runs">
      <span>{toCount(runs.length, "run")} selected</span>
      <span class="spacer" />
      <button
        type="button"
        class="button"
        disabled={isBusy || ended.length === 0}
        onClick={() => {
          void act(() => repeatAll(ended));
        }}
      >
        <Icon name="repeat" /> Run again
      </button>
      <button
        type="button"
        class="button button-danger"
        disabled={isBusy || active.length === 0}
        onClick={() => {
          void act(() => cancelAll(active));
        }}
      >
        <Icon name="cancel" /> Cancel
      </button>
    </div>
  );
}

async function cancelAll(runs: readonly RunSummary[]): Promise<void> {
  let cancelledCount = 0;
  const faults: string[] = [];
  for (const { id } of runs) {
    try {
      if ((await cancelRun(id)) === "cancelled") cancelledCount++;
    } catch (error) {
      faults.push(toMessage(error));
    }
  }
  const lateCount = runs.length - cancelledCount - faults.length;
  const late =
    lateCount === 0 ? "" : `; ${toCount(lateCount, "run")} had already ended`;
  announce(
    `${toCount(cancelledCount, "run was", "runs were")} cancelled${late}.`,
  );
  sayFaults(faults);
}

async function repeatAll(runs: readonly RunSummary[]): Promise<void> {
  let startedCount = 0;
  const faults: string[] = [];
  for (const run of runs) {
    try {
      await repeatRun(run);
      startedCount++;
    } catch (error) {
      faults.push(toMessage(error));
    }
  }
  if (startedCount > 0)
    announce(`${toCount(startedCount, "run was", "runs were")} started again.`);
  sayFaults(faults);
}

function sayFaults(faults: readonly string[]): void {
  const [first] = faults;
  if (first === undefined) return;
  announceFailure(
    faults.length === 1
      ? first
      : `${toCount(faults.length, "request")} failed, the first with: ${first}`,
  );
}
