/** A value that may be any JSON, written as JSON. */
import { useState } from "preact/hooks";
import type { FieldProps } from "../context.ts";
import { FieldFrame, useControl } from "./field-frame.tsx";

export function JsonField(props: FieldProps) {
  const { value, onChange } = props;
  const [typed, setTyped] = useState(() => toText(value));
  const [isWrong, setWrong] = useState(false);
  const control = useControl(props);
  const change = (text: string) => {
    setTyped(text);
    try {
      onChange(text.trim() === "" ? undefined : (JSON.parse(text) as unknown));
      setWrong(false);
    } catch {
      setWrong(true);
    }
  };
  return (
    <FieldFrame {...props}>
      <textarea
        {...control}
        class="input mono"
        rows={3}
        spellcheck={false}
        placeholder={'JSON, such as "text", 1 or {"a": true}'}
        value={typed}
        {...(isWrong ? { "aria-invalid": true } : {})}
        onInput={(event) => {
          change(event.currentTarget.value);
        }}
      />
      {isWrong && <p class="field-error">This is not valid JSON yet.</p>}
    </FieldFrame>
  );
}

function toText(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value, null, 2);
}
