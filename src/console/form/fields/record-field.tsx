/** An object whose names are free: a row for each name and value. */
import { useState } from "preact/hooks";
import { Icon } from "../../parts/icon.tsx";
import { childPath, type FieldProps, useFormContext } from "../context.ts";
import { Group } from "./group.tsx";
import { initialValue } from "../initial.ts";
import { valuesOf } from "../schema.ts";

export function RecordField(props: FieldProps) {
  const { schema, path, isRequired, onChange } = props;
  const { root, Field } = useFormContext();
  const [name, setName] = useState("");
  const value = (props.value ?? {}) as Record<string, unknown>;
  const member = valuesOf(schema);
  const canAdd = name !== "" && !(name in value);
  const add = () => {
    if (!canAdd) return;
    onChange({ ...value, [name]: initialValue(member, root) ?? null });
    setName("");
  };
  return (
    <Group {...props}>
      {Object.entries(value).map(([key, entry]) => (
        <div key={key} class="list-item">
          <div class="list-item-field">
            <Field
              schema={member}
              label={key}
              path={childPath(path, key)}
              value={entry}
              isRequired
              onChange={(changed) => {
                onChange({ ...value, [key]: changed ?? null });
              }}
            />
          </div>
          <button
            type="button"
            class="icon-button"
            aria-label={`Remove ${key}`}
            title="Remove"
            onClick={() => {
              const { [key]: _, ...rest } = value;
              const isEmpty = Object.keys(rest).length === 0;
              onChange(isEmpty && !isRequired ? undefined : rest);
            }}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
      <div class="record-add">
        <input
          class="input"
          aria-label="Name of a new member"
          placeholder="Name"
          value={name}
          onInput={(event) => {
            setName(event.currentTarget.value);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            add();
          }}
        />
        <button type="button" class="button button-small" onClick={add}>
          <Icon name="plus" /> Add
        </button>
      </div>
    </Group>
  );
}
