/** A button that copies a text, and says that it did. */
import { useRef, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

const SAID_MS = 1500;

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const copy = () => {
    void copyText(text).then(() => {
      setCopied(true);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        setCopied(false);
      }, SAID_MS);
    });
  };
  const said = isCopied ? "Copied" : label;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={said}
      title={said}
      onClick={copy}
    >
      <Icon name={isCopied ? "check" : "copy"} />
    </button>
  );
}

/** Browsers have a clipboard only on https and on localhost. */
async function copyText(text: string): Promise<void> {
  if ("clipboard" in navigator) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
