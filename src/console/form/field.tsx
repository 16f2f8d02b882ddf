/** A field for any schema. */
import { ChoiceField } from "./fields/choice-field.tsx";
import { BooleanField } from "./fields/boolean-field.tsx";
import { type FieldProps, useFormContext } from "./context.ts";
import { FileField } from "./fields/file-field.tsx";
import { JsonField } from "./fields/json-field.tsx";
import { ListField } from "./fields/list-field.tsx";
import { NumberField } from "./fields/number-field.tsx";
import { ObjectField } from "./fields/object-field.tsx";
import { RecordField } from "./fields/record-field.tsx";
import { TextField } from "./fields/text-field.tsx";
import { UnionField } from "./fields/union-field.tsx";
import { kindOf, resolve } from "./schema.ts";

const FIELDS = {
  any: JsonField,
  boolean: BooleanField,
  choice: ChoiceField,
  file: FileField,
  list: ListField,
  number: NumberField,
  object: ObjectField,
  record: RecordField,
  text: TextField,
  tuple: JsonField,
  union: UnionField,
};

export function Field(props: FieldProps) {
  const { root } = useFormContext();
  const schema = resolve(props.schema, root);
  const kind = kindOf(schema);
  if (kind === "const" || kind === "null") return <Fixed {...props} />;
  const Kind = FIELDS[kind];
  return <Kind {...props} schema={schema} />;
}

/** There is nothing to choose. */
function Fixed({ label, schema }: FieldProps) {
  return (
    <p class="field-fixed">
      <span>{label}</span>{" "}
      <code>{JSON.stringify("const" in schema ? schema.const : null)}</code>
    </p>
  );
}
