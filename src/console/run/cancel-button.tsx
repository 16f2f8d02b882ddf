/** Cancels a run, and says what came of it. */
import type { RunSummary } from "../api/objects.ts";
import { ask } from "../api/request.ts";
import { ActButton } from "../parts/act-button.tsx";
import { runPath } from "./use-run.ts";

export function CancelButton(props: {
  run: Pick<RunSummary, "id">;
  onDone: () => void;
}) {
  const { run, onDone } = props;
  return (
    <ActButton
      icon="cancel"
      label="Cancel"
      look="danger"
      act={async () =>
        (await cancelRun(run)) === "cancelled"
          ? "The run was cancelled."
          : "The run had already ended."
      }
      onDone={onDone}
    />
  );
}

/** @returns "cancelled", or "not-running" when it had ended before */
export function cancelRun({ id }: Pick<RunSummary, "id">): Promise<string> {
  return ask<string>(`${runPath(id)}/cancel`, { method: "POST" });
}
