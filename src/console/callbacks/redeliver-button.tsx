/** Sends a callback again. */
import { useState } from "preact/hooks";
import { ask } from "../api/request.ts";
import { announce, announceFailure } from "../parts/announce.tsx";
import { Icon } from "../parts/icon.tsx";
import { toMessage } from "../parts/states.tsx";
import { runPath } from "../run/use-run.ts";

export function RedeliverButton(props: { runId: string; onDone: () => void }) {
  const { runId, onDone } = props;
  const [isBusy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    try {
      await redeliver(runId);
      announce("The callback will be sent again.");
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
      class="button button-small"
      disabled={isBusy}
      onClick={() => {
        void send();
      }}
    >
      <Icon name="repeat" /> Redeliver
    </button>
  );
}

export function redeliver(runId: string): Promise<Delivered> {
  return ask<Delivered>(`${runPath(runId)}/callback/redeliver`, {
    method: "POST",
  });
}

interface Delivered {
  readonly state: string;
}
