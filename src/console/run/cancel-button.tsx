/** Cancels a run, and says what came of it. */
import { useState } from "preact/hooks";
import type { RunSummary } from "../api/objects.ts";
import { ask } from "../api/request.ts";
import { announce, announceFailure } from "../parts/announce.tsx";
import { Icon } from "../parts/icon.tsx";
import { toMessage } from "../parts/states.tsx";
import { runPath } from "./use-run.ts";

export function CancelButton(props: {
  run: Pick<RunSummary, "id">;
  onDone: () => void;
}) {
  const { run, onDone } = props;
  const [isBusy, setBusy] = useState(false);
  const cancel = async () => {
    setBusy(true);
    try {
      const answer = await cancelRun(run.id);
      announce(
        answer === "cancelled"
          ? "The run was cancelled."
          : "The run had already ended.",
      );
      onDone();
    } catch (error) {
      announceFailure(toMessage(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <button
      type="button"
      class="button button-danger"
      disabled={isBusy}
      onClick={() => {
        void cancel();
      }}
    >
      <Icon name="cancel" /> Cancel
    </button>
  );
}

/** @returns "cancelled", or "not-running" when it had ended before */
export function cancelRun(id: string): Promise<string> {
  return ask<string>(`${runPath(id)}/cancel`, { method: "POST" });
}
