/** Sends many callbacks again: all dead ones of a host, or those that were selected. */
import { useState } from "preact/hooks";
import { ask } from "../api/request.ts";
import { toCount } from "../format/amounts.ts";
import { announce, announceFailure } from "../parts/announce.tsx";
import { Icon } from "../parts/icon.tsx";
import { toMessage } from "../parts/states.tsx";
import { redeliver } from "./redeliver-button.tsx";

export function RedeliverHost(props: { host: string; onDone: () => void }) {
  const { host, onDone } = props;
  const send = async () => {
    try {
      const { redelivered } = await ask<{ redelivered: number }>(
        `/api/callbacks/redeliver?host=${encodeURIComponent(host)}`,
        { method: "POST" },
      );
      announce(
        redelivered === 0
          ? `No callback to ${host} is dead.`
          : `${toCount(redelivered, "dead callback will be", "dead callbacks will be")} sent again.`,
      );
      onDone();
    } catch (error) {
      announceFailure(toMessage(error));
    }
  };
  return (
    <div class="notice notice-row">
      <span>
        Callbacks to <code>{host}</code>
      </span>
      <span class="spacer" />
      <button
        type="button"
        class="button button-small"
        onClick={() => {
          void send();
        }}
      >
        <Icon name="repeat" /> Redeliver all dead ones
      </button>
    </div>
  );
}

export function RedeliverSelected(props: {
  ids: readonly string[];
  onDone: () => void;
}) {
  const { ids, onDone } = props;
  const [isBusy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    let count = 0;
    for (const id of ids) {
      try {
        await redeliver(id);
        count++;
      } catch (error) {
        announceFailure(toMessage(error));
      }
    }
    setBusy(false);
    announce(
      `${toCount(count, "callback will be", "callbacks will be")} sent again.`,
    );
    onDone();
  };
  return (
    <div class="selection" role="region" aria-label="Selected callbacks">
      <span>{toCount(ids.length, "callback")} selected</span>
      <span class="spacer" />
      <button
        type="button"
        class="button"
        disabled={isBusy}
        onClick={() => {
          void send();
        }}
      >
        <Icon name="repeat" /> Redeliver
      </button>
    </div>
  );
}
