/** A form for the input of an action, as fields or as JSON. */
import { useMemo, useState } from "preact/hooks";
import type { InputError } from "../api/request.ts";
import { Tabs } from "../parts/tabs.tsx";
import { FormContext, idsOf } from "./context.ts";
import { Field } from "./field.tsx";
import { Members } from "./fields/object-field.tsx";
import { kindOf, resolve, type Schema } from "./schema.ts";

const VIEWS = ["Form", "JSON"] as const;

export function SchemaForm(props: {
  schema: Schema;
  value: unknown;
  errors: readonly InputError[];
  onChange: (value: unknown) => void;
  /** Told whether what is written as JSON can be read. */
  onValid: (isValid: boolean) => void;
}) {
  const { value, errors, onChange, onValid } = props;
  const [view, setView] = useState<(typeof VIEWS)[number]>("Form");
  const root = useMemo(
    () => resolve(props.schema, props.schema),
    [props.schema],
  );
  const context = useMemo(
    () => ({
      root: props.schema,
      errors: new Map(errors.map(({ path, message }) => [path, message])),
      Field,
    }),
    [props.schema, errors],
  );
  return (
    <FormContext.Provider value={context}>
      <ErrorSummary errors={errors} />
      <Tabs
        label="How to write the input"
        names={VIEWS}
        current={view}
        onChange={(chosen) => {
          onValid(true);
          setView(chosen);
        }}
      >
        {view === "JSON" ? (
          <RawInput value={value} onChange={onChange} onValid={onValid} />
        ) : (
          <Root schema={root} value={value} onChange={onChange} />
        )}
      </Tabs>
    </FormContext.Provider>
  );
}

function Root(props: {
  schema: Schema;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const { schema } = props;
  if (kindOf(schema) !== "object")
    return <Field {...props} label="Input" path="" isRequired />;
  if (Object.keys(schema.properties ?? {}).length === 0)
    return <p class="muted">This action takes no input.</p>;
  return <Members {...props} path="" />;
}

function RawInput(props: {
  value: unknown;
  onChange: (value: unknown) => void;
  onValid: (isValid: boolean) => void;
}) {
  const [text, setText] = useState(() =>
    JSON.stringify(props.value ?? {}, null, 2),
  );
  const [fault, setFault] = useState("");
  const change = (typed: string) => {
    setText(typed);
    try {
      props.onChange(JSON.parse(typed === "" ? "{}" : typed) as unknown);
      setFault("");
      props.onValid(true);
    } catch (error) {
      setFault((error as Error).message);
      props.onValid(false);
    }
  };
  return (
    <div class="field">
      <label for="raw-input" class="visually-hidden">
        Input as JSON
      </label>
      <textarea
        id="raw-input"
        class="input mono raw-input"
        rows={12}
        spellcheck={false}
        value={text}
        aria-invalid={fault !== ""}
        aria-describedby="raw-fault"
        onInput={(event) => {
          change(event.currentTarget.value);
        }}
      />
      <p id="raw-fault" class="field-error">
        {fault === "" ? "" : `This is not valid JSON: ${fault}`}
      </p>
    </div>
  );
}

/** Where the input is wrong, with a way to each place. */
function ErrorSummary({ errors }: { errors: readonly InputError[] }) {
  if (errors.length === 0) return null;
  return (
    <div class="notice notice-bad" role="alert">
      <strong>The input does not match the schema.</strong>
      <ul>
        {errors.map(({ path, message }) => (
          <li key={path}>
            <button
              type="button"
              class="link-button mono"
              onClick={() => {
                document.getElementById(idsOf(path).id)?.focus();
              }}
            >
              {path === "" ? "input" : path.slice(1).replaceAll("/", ".")}
            </button>
            : {message}
          </li>
        ))}
      </ul>
    </div>
  );
}
