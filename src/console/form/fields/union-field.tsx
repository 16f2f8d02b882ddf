/** One of several schemas: which one is chosen first. */
import { useState } from "preact/hooks";
import { type FieldProps, useFormContext } from "../context.ts";
import { initialValue } from "../initial.ts";
import { kindOf, resolve, variantsOf } from "../schema.ts";
import { findVariant, nameVariants } from "../variant.ts";

const LEFT_OUT = -1;

export function UnionField(props: FieldProps) {
  const { schema, label, path, value, isRequired, onChange } = props;
  const { root, Field } = useFormContext();
  const variants = variantsOf(schema) ?? [];
  const [index, setIndex] = useState(() =>
    value === undefined && !isRequired
      ? LEFT_OUT
      : findVariant(value, variants, root),
  );
  const variant = variants[index];
  const isNothing =
    variant === undefined || kindOf(resolve(variant, root)) === "null";
  const choose = (chosen: number) => {
    setIndex(chosen);
    const next = variants[chosen];
    onChange(next === undefined ? undefined : initialValue(next, root));
  };
  const id = `kind${path}`;
  return (
    <div class="union">
      <div class="union-head">
        <label for={id} class="field-label">
          {label}
          {!isRequired && <span class="field-optional">optional</span>}
        </label>
        <select
          id={id}
          class="input input-small"
          value={String(index)}
          onChange={(event) => {
            choose(Number(event.currentTarget.value));
          }}
        >
          {!isRequired && <option value={String(LEFT_OUT)}>not set</option>}
          {nameVariants(variants, root).map((name, at) => (
            <option key={at} value={String(at)}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {!isNothing && (
        <Field
          key={index}
          schema={withDescription(variant, schema.description)}
          label={resolve(variant, root).title ?? "Value"}
          path={path}
          value={value}
          isRequired
          onChange={onChange}
        />
      )}
    </div>
  );
}

function withDescription<S extends object>(variant: S, description?: string) {
  return "description" in variant || description === undefined
    ? variant
    : { ...variant, description };
}
