/** A list: a field for each item; a list of given values is a group of boxes to tick. */
import { Icon } from "../../parts/icon.tsx";
import { childPath, type FieldProps, useFormContext } from "../context.ts";
import { Group } from "./group.tsx";
import { initialValue } from "../initial.ts";
import { choicesOf, itemsOf, resolve } from "../schema.ts";

export function ListField(props: FieldProps) {
  const { schema, isRequired, onChange } = props;
  const { root, Field } = useFormContext();
  const item = resolve(itemsOf(schema), root);
  const choices = choicesOf(item);
  if (choices !== undefined && schema.uniqueItems === true)
    return <Boxes {...props} choices={choices} />;
  const items = Array.isArray(props.value) ? (props.value as unknown[]) : [];
  const { minItems = 0, maxItems = Infinity } = schema;
  const change = (changed: unknown[]) => {
    onChange(changed.length === 0 && !isRequired ? undefined : changed);
  };
  return (
    <Group {...props}>
      {items.map((value, index) => (
        <div key={index} class="list-item">
          <div class="list-item-field">
            <Field
              schema={item}
              label={`${item.title ?? "Item"} ${index + 1}`}
              path={childPath(props.path, index)}
              value={value}
              isRequired
              onChange={(changed) => {
                change(items.with(index, changed));
              }}
            />
          </div>
          <button
            type="button"
            class="icon-button"
            aria-label={`Remove item ${index + 1}`}
            title="Remove"
            disabled={items.length <= minItems}
            onClick={() => {
              change(items.toSpliced(index, 1));
            }}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
      <button
        type="button"
        class="button button-small"
        disabled={items.length >= maxItems}
        onClick={() => {
          change([...items, initialValue(item, root)]);
        }}
      >
        <Icon name="plus" /> Add an item
      </button>
    </Group>
  );
}

function Boxes(props: FieldProps & { choices: readonly unknown[] }) {
  const { choices, onChange } = props;
  const chosen = Array.isArray(props.value) ? (props.value as unknown[]) : [];
  return (
    <Group {...props}>
      {choices.map((choice) => (
        <label key={String(choice)} class="field-row">
          <input
            type="checkbox"
            checked={chosen.includes(choice)}
            onChange={(event) => {
              const isChosen = event.currentTarget.checked;
              onChange(
                choices.filter((other) =>
                  other === choice ? isChosen : chosen.includes(other),
                ),
              );
            }}
          />
          {String(choice)}
        </label>
      ))}
    </Group>
  );
}
