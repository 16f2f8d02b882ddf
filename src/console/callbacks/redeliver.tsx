/** Sends callbacks again: one, all dead ones of a host, or those that were selected. */
import { ask } from "../api/request.ts";
import { toCount } from "../format/amounts.ts";
import { ActButton, actOnAll } from "../parts/act-button.tsx";
import { Selection } from "../parts/selection.tsx";
import { runPath } from "../run/use-run.ts";

export function RedeliverButton(props: { runId: string; onDone: () => void }) {
  const { runId, onDone } = props;
  return (
    <ActButton
      icon="repeat"
      label="Redeliver"
      look="small"
      act={async () => {
        await redeliver(runId);
        return "The callback will be sent again.";
      }}
      onDone={onDone}
    />
  );
}

export function RedeliverHost(props: { host: string; onDone: () => void }) {
  const { host, onDone } = props;
  const send = async () => {
    const { redelivered } = await ask<{ redelivered: number }>(
      `/api/callbacks/redeliver?host=${encodeURIComponent(host)}`,
      { method: "POST" },
    );
    return redelivered === 0
      ? `No callback to ${host} is dead.`
      : `${toCount(redelivered, "dead callback will be", "dead callbacks will be")} sent again.`;
  };
  return (
    <div class="notice notice-row">
      <span>
        Callbacks to <code>{host}</code>
      </span>
      <span class="spacer" />
      <ActButton
        icon="repeat"
        label="Redeliver all dead callbacks"
        look="small"
        act={send}
        onDone={onDone}
      />
    </div>
  );
}

export function RedeliverSelected(props: {
  ids: readonly string[];
  onDone: () => void;
}) {
  const { ids, onDone } = props;
  const send = async () => {
    const { length } = await actOnAll(ids, redeliver);
    return `${toCount(length, "callback will be", "callbacks will be")} sent again.`;
  };
  return (
    <Selection noun="callback" count={ids.length}>
      <ActButton icon="repeat" label="Redeliver" act={send} onDone={onDone} />
    </Selection>
  );
}

async function redeliver(runId: string): Promise<void> {
  await ask(`${runPath(runId)}/callback/redeliver`, { method: "POST" });
}
