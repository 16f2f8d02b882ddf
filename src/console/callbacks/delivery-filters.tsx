/** The filters of the list of callbacks. */
import { useState } from "preact/hooks";
import { DELIVERY_STATES, type DeliveryState } from "../api/objects.ts";
import { Icon } from "../parts/icon.tsx";

export function DeliveryFilters(props: {
  state: DeliveryState | undefined;
  host: string;
  onChange: (parts: { state?: string; host?: string }) => void;
}) {
  const { state, host, onChange } = props;
  const [text, setText] = useState(host);
  const [known, setKnown] = useState(host);
  if (known !== host) {
    setKnown(host);
    setText(host);
  }
  return (
    <div class="filters" role="group" aria-label="Filters">
      <div class="chips">
        {DELIVERY_STATES.map((name) => (
          <button
            key={name}
            type="button"
            class="chip chip-button"
            aria-pressed={name === state}
            onClick={() => {
              onChange({ state: name === state ? "" : name });
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <form
        class="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          onChange({ host: text.trim() });
        }}
      >
        <Icon name="search" />
        <input
          type="search"
          class="input input-small"
          placeholder="Host of the receiver"
          aria-label="Host of the receiver"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
          }}
        />
      </form>
    </div>
  );
}
