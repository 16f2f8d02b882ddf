/** A number, with its limits. */
import type { FieldProps } from "../context.ts";
import { FieldFrame, useControl } from "./field-frame.tsx";

export function NumberField(props: FieldProps) {
  const { schema, value, onChange } = props;
  const { minimum, maximum, type, multipleOf } = schema;
  const example = schema.examples?.[0];
  return (
    <FieldFrame {...props}>
      <input
        {...useControl(props)}
        type="number"
        class="input input-number"
        min={minimum}
        max={maximum}
        step={multipleOf ?? (type === "integer" ? 1 : "any")}
        placeholder={typeof example === "number" ? String(example) : ""}
        value={typeof value === "number" ? value : ""}
        onInput={(event) => {
          const typed = event.currentTarget.valueAsNumber;
          onChange(Number.isNaN(typed) ? undefined : typed);
        }}
      />
      <Limits minimum={minimum} maximum={maximum} />
    </FieldFrame>
  );
}

function Limits(props: {
  minimum: number | undefined;
  maximum: number | undefined;
}) {
  const { minimum, maximum } = props;
  if (minimum === undefined && maximum === undefined) return null;
  if (minimum === undefined)
    return <span class="field-limits">at most {maximum}</span>;
  return (
    <span class="field-limits">
      {maximum === undefined
        ? `at least ${minimum}`
        : `${minimum} to ${maximum}`}
    </span>
  );
}
