/** Buttons that ask the server for something, and say what came of it. */
import { useState } from "preact/hooks";
import { toCount } from "../format/amounts.ts";
import { announce, announceFailure } from "./announce.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { toMessage } from "./states.tsx";

interface ActButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly look?: "danger" | "small";
  readonly isDisabled?: boolean;
  /** @returns what to say of it */
  readonly act: () => Promise<string>;
  readonly onDone: () => void;
}

export function ActButton(props: ActButtonProps) {
  const { icon, label, look, isDisabled = false, act, onDone } = props;
  const [isBusy, setBusy] = useState(false);
  const start = async () => {
    setBusy(true);
    try {
      announce(await act());
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
      class={look === undefined ? "button" : `button button-${look}`}
      disabled={isBusy || isDisabled}
      onClick={() => {
        void start();
      }}
    >
      <Icon name={icon} /> {label}
    </button>
  );
}

/**
 * Does the same with each of several, one after the other, and says which faults there were.
 *
 * @returns what came of those that had none
 */
export async function actOnAll<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const faults: string[] = [];
  for (const item of items) {
    try {
      results.push(await act(item));
    } catch (error) {
      faults.push(toMessage(error));
    }
  }
  const [first] = faults;
  if (faults.length > 1)
    announceFailure(
      `${toCount(faults.length, "request")} failed, the first with: ${first}`,
    );
  else if (first !== undefined) announceFailure(first);
  return results;
}
