/** An object: a group of its members; one that may be left out is added first. */
import { Icon } from "../../parts/icon.tsx";
import { childPath, type FieldProps, useFormContext } from "../context.ts";
import { Group } from "./group.tsx";
import { initialValue } from "../initial.ts";
import { resolve, type Schema } from "../schema.ts";

export function ObjectField(props: FieldProps) {
  const { label, value, schema, isRequired, onChange } = props;
  const { root } = useFormContext();
  const isThere = typeof value === "object" && value !== null;
  if (!isThere && !isRequired)
    return (
      <Group {...props}>
        <button
          type="button"
          class="button button-small"
          onClick={() => {
            onChange(initialValue(schema, root) ?? {});
          }}
        >
          <Icon name="plus" /> Add {label}
        </button>
      </Group>
    );
  return (
    <Group
      {...props}
      aside={
        !isRequired && (
          <button
            type="button"
            class="link-button group-remove"
            onClick={() => {
              onChange(undefined);
            }}
          >
            Remove {label}
          </button>
        )
      }
    >
      <Members {...props} />
    </Group>
  );
}

/** The members of an object, one below the other. */
export function Members(props: {
  schema: Schema;
  path: string;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const { schema, path, onChange } = props;
  const { root, Field } = useFormContext();
  const value = (props.value ?? {}) as Record<string, unknown>;
  const change = (name: string, member: unknown) => {
    const { [name]: _, ...rest } = value;
    onChange(member === undefined ? rest : { ...value, [name]: member });
  };
  return (
    <div class="fields">
      {Object.entries(schema.properties ?? {}).map(([name, member]) => (
        <Field
          key={name}
          schema={member}
          label={resolve(member, root).title ?? name}
          path={childPath(path, name)}
          value={value[name]}
          isRequired={schema.required?.includes(name) === true}
          onChange={(changed) => {
            change(name, changed);
          }}
        />
      ))}
    </div>
  );
}
