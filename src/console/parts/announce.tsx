/** Short messages about what was just done, shown at the edge and read out. */
import { signal } from "@preact/signals";
import { Icon } from "./icon.tsx";

const SHOWN_MS = 6000;

interface Message {
  readonly id: number;
  readonly text: string;
  readonly isBad: boolean;
}

const messages = signal<readonly Message[]>([]);
let count = 0;

export function announce(text: string): void {
  show(text, false);
}

export function announceFailure(text: string): void {
  show(text, true);
}

function show(text: string, isBad: boolean): void {
  const id = ++count;
  messages.value = [...messages.value, { id, text, isBad }];
  setTimeout(() => {
    dismiss(id);
  }, SHOWN_MS);
}

function dismiss(id: number): void {
  messages.value = messages.value.filter((message) => message.id !== id);
}

export function Announcements() {
  return (
    <div class="announcements" role="status" aria-live="polite">
      {messages.value.map(({ id, text, isBad }) => (
        <div key={id} class={`announcement ${isBad ? "announcement-bad" : ""}`}>
          <Icon name={isBad ? "alert" : "check"} />
          <span>{text}</span>
          <button
            type="button"
            class="icon-button"
            aria-label="Dismiss"
            onClick={() => {
              dismiss(id);
            }}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
