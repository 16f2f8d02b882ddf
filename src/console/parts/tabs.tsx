/** Tabs, used by keyboard as https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ says. */
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";

export function Tabs<Name extends string>(props: {
  label: string;
  names: readonly Name[];
  current: Name;
  onChange: (name: Name) => void;
  children: ComponentChildren;
}) {
  const { names, current, onChange } = props;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step =
      event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const index = (names.indexOf(current) + step + names.length) % names.length;
    const name = names[index];
    if (name !== undefined) onChange(name);
    (list.current?.children[index] as HTMLElement | undefined)?.focus();
  };
  return (
    <>
      <div
        class="tabs"
        role="tablist"
        aria-label={props.label}
        ref={list}
        onKeyDown={move}
      >
        {names.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-selected={name === current}
            aria-controls={`${id}-panel`}
            tabIndex={name === current ? 0 : -1}
            class="tab"
            onClick={() => {
              onChange(name);
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${current}`}
      >
        {props.children}
      </div>
    </>
  );
}
