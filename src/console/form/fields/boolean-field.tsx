/** Yes or no; where it may be left out, a third choice says so. */
import type { FieldProps } from "../context.ts";
import { FieldFrame, useControl } from "./field-frame.tsx";

export function BooleanField(props: FieldProps) {
  const { value, isRequired, onChange } = props;
  const control = useControl(props);
  if (!isRequired && props.schema.default === undefined)
    return (
      <FieldFrame {...props}>
        <select
          {...control}
          class="input"
          value={typeof value === "boolean" ? String(value) : ""}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            onChange(chosen === "" ? undefined : chosen === "true");
          }}
        >
          <option value="">not set</option>
          <option value="true">yes</option>
          <option value="false">no</option>
        </select>
      </FieldFrame>
    );
  return (
    <FieldFrame {...props} isRequired isInline>
      <input
        {...control}
        aria-required={undefined}
        type="checkbox"
        checked={value === true}
        onChange={(event) => {
          onChange(event.currentTarget.checked);
        }}
      />
    </FieldFrame>
  );
}
