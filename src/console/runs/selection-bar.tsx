/** What can be done with the selected runs: they are cancelled, or run again, one by one. */
import type { RunSummary } from "../api/objects.ts";
import { toCount } from "../format/amounts.ts";
import { ActButton, actOnAll } from "../parts/act-button.tsx";
import { Selection } from "../parts/selection.tsx";
import { cancelRun } from "../run/cancel-button.tsx";
import { repeatRun } from "../run/repeat.ts";
import { isActive } from "../run/use-run.ts";

export function SelectionBar(props: {
  runs: readonly RunSummary[];
  onDone: () => void;
}) {
  const { runs, onDone } = props;
  if (runs.length === 0) return null;
  const active = runs.filter(isActive);
  const ended = runs.filter((run) => !isActive(run));
  return (
    <Selection noun="run" count={runs.length}>
      <ActButton
        icon="repeat"
        label="Run again"
        isDisabled={ended.length === 0}
        act={async () => {
          const { length } = await actOnAll(ended, repeatRun);
          return `${toCount(length, "run was", "runs were")} started again.`;
        }}
        onDone={onDone}
      />
      <ActButton
        icon="cancel"
        label="Cancel"
        look="danger"
        isDisabled={active.length === 0}
        act={async () => sayCancelled(await actOnAll(active, cancelRun))}
        onDone={onDone}
      />
    </Selection>
  );
}

function sayCancelled(answers: readonly string[]): string {
  const count = answers.filter((answer) => answer === "cancelled").length;
  const lateCount = answers.length - count;
  const late =
    lateCount === 0 ? "" : `; ${toCount(lateCount, "run")} had already ended`;
  return `${toCount(count, "run was", "runs were")} cancelled${late}.`;
}
