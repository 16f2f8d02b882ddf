/** A field for any schema. */
import { ChoiceField } from "./choice-field.tsx";
import { BooleanField } from "./boolean-field.tsx";
import { type FieldProps, useFormContext } from "./context.ts";
import { FileField } from "./file-field.tsx";
import { JsonField } from "./json-field.tsx";
import { ListField } from "./list-field.tsx";
import { NumberField } from "./number-field.tsx";
import { ObjectField } from "./object-field.tsx";
import { RecordField } from "./record-field.tsx";
import { TextField } from "./text-field.tsx";
import { UnionField } from "./union-field.tsx";
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
