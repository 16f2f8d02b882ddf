/** What filters of lists are made of: states to choose, and a text to search for. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

export function Filters({ children }: { children: ComponentChildren }) {
  return (
    <div class="filters" role="group" aria-label="Filters">
      {children}
    </div>
  );
}

export function Chips<Name extends string>(props: {
  names: readonly Name[];
  pressed: readonly Name[];
  onToggle: (name: Name) => void;
}) {
  const { names, pressed, onToggle } = props;
  return (
    <div class="chips">
      {names.map((name) => (
        <button
          key={name}
          type="button"
          class="chip chip-button"
          aria-pressed={pressed.includes(name)}
          onClick={() => {
            onToggle(name);
          }}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

export function SearchField(props: {
  label: string;
  /** What is searched for now: another one replaces what was typed. */
  value: string;
  onSearch: (text: string) => void;
}) {
  const { label, value, onSearch } = props;
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setText(value);
  }
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(text.trim());
      }}
    >
      <Icon name="search" />
      <input
        type="search"
        class="input input-small"
        placeholder={label}
        aria-label={label}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
        }}
      />
    </form>
  );
}
