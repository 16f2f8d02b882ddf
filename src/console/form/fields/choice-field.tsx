/** One value of a list. */
import type { FieldProps } from "../context.ts";
import { FieldFrame, useControl } from "./field-frame.tsx";
import { choicesOf } from "../schema.ts";

export function ChoiceField(props: FieldProps) {
  const { schema, value, isRequired, onChange } = props;
  const choices = choicesOf(schema) ?? [];
  const index = choices.findIndex((choice) => choice === value);
  return (
    <FieldFrame {...props}>
      <select
        {...useControl(props)}
        class="input"
        value={String(index)}
        onChange={(event) => {
          onChange(choices[Number(event.currentTarget.value)]);
        }}
      >
        {(index < 0 || !isRequired) && (
          <option value="-1">{isRequired ? "Choose …" : "not set"}</option>
        )}
        {choices.map((choice, at) => (
          <option key={at} value={String(at)}>
            {typeof choice === "string" ? choice : JSON.stringify(choice)}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}
