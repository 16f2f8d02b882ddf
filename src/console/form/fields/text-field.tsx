/** Text: one line or several, or what a format asks for. */
import type { FieldProps } from "../context.ts";
import { FieldFrame, useControl } from "./field-frame.tsx";

const TYPES: Readonly<Record<string, string>> = {
  date: "date",
  "date-time": "datetime-local",
  email: "email",
  password: "password",
  uri: "url",
  url: "url",
};
const LONG_TEXTS = new Set(["textarea", "markdown", "multiline"]);
const LONG = 200;

export function TextField(props: FieldProps) {
  const { schema, value, isRequired, onChange } = props;
  const control = useControl(props);
  const { format = "", maxLength = 0 } = schema;
  const text = typeof value === "string" ? value : "";
  const change = (typed: string) => {
    onChange(typed === "" && !isRequired ? undefined : typed);
  };
  const example = schema.examples?.[0];
  const placeholder = typeof example === "string" ? example : "";
  if (LONG_TEXTS.has(format) || maxLength > LONG || text.includes("\n"))
    return (
      <FieldFrame {...props}>
        <textarea
          {...control}
          class="input"
          rows={4}
          value={text}
          placeholder={placeholder}
          onInput={(event) => {
            change(event.currentTarget.value);
          }}
        />
      </FieldFrame>
    );
  const isMoment = format === "date-time";
  return (
    <FieldFrame {...props}>
      <input
        {...control}
        {...{ type: (TYPES[format] ?? "text") as "text" }}
        class="input"
        autoComplete="off"
        step={isMoment ? 1 : undefined}
        value={isMoment ? toLocal(text) : text}
        placeholder={placeholder}
        onInput={(event) => {
          const typed = event.currentTarget.value;
          change(isMoment ? fromLocal(typed) : typed);
        }}
      />
    </FieldFrame>
  );
}

/** A browser asks for moments in the zone of the person, without naming it. */
function toLocal(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at)) return "";
  const offsetMs = new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - offsetMs).toISOString().slice(0, 19);
}

function fromLocal(typed: string): string {
  return typed === "" ? "" : new Date(typed).toISOString();
}
