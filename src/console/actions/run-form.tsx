/** The form of an action: its input, how it is to be run, and the button that runs it. */
import { useEffect, useState } from "preact/hooks";
import type { InputError } from "../api/request.ts";
import { SchemaForm } from "../form/schema-form.tsx";
import type { Schema } from "../form/schema.ts";
import { Icon } from "../parts/icon.tsx";
import { type Wanted, type Way, WAYS } from "./wanted.ts";

const LABELS: Readonly<Record<Way, string>> = {
  now: "Now",
  background: "Background",
  callback: "Callback",
};

interface RunFormProps {
  readonly schema: Schema;
  readonly input: unknown;
  readonly wanted: Wanted;
  readonly errors: readonly InputError[];
  readonly isStarting: boolean;
  readonly onInput: (input: unknown) => void;
  readonly onWanted: (wanted: Wanted) => void;
  readonly onStart: () => void;
}

export function RunForm(props: RunFormProps) {
  const { errors, isStarting, wanted, onStart } = props;
  const [isValid, setValid] = useState(true);
  useEffect(() => {
    if (errors.length > 0)
      document
        .querySelector<HTMLElement>(".bench [aria-invalid=true]")
        ?.focus();
  }, [errors]);
  return (
    <form
      class="card"
      aria-label="Input"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (isValid && !isStarting) onStart();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        event.currentTarget.requestSubmit();
      }}
    >
      <h2 class="visually-hidden">Input</h2>
      <SchemaForm
        schema={props.schema}
        value={props.input}
        errors={errors}
        onChange={props.onInput}
        onValid={setValid}
      />
      <WayChoice wanted={wanted} onWanted={props.onWanted} />
      <MoreOptions wanted={wanted} onWanted={props.onWanted} />
      <div class="form-foot">
        <button
          type="submit"
          class="button button-primary"
          disabled={!isValid}
          aria-busy={isStarting}
        >
          <Icon name="actions" /> Run
        </button>
        <span class="hint">
          <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </span>
      </div>
    </form>
  );
}

type Part = Pick<RunFormProps, "wanted" | "onWanted">;

function WayChoice({ wanted, onWanted }: Part) {
  return (
    <fieldset class="way">
      <legend class="field-label">How to run it</legend>
      <div class="segments">
        {WAYS.map((way) => (
          <label key={way} class="segment">
            <input
              type="radio"
              name="way"
              checked={wanted.way === way}
              onChange={() => {
                onWanted({ ...wanted, way });
              }}
            />
            <span>{LABELS[way]}</span>
          </label>
        ))}
      </div>
      {wanted.way === "callback" && (
        <Option
          label="Callback URL"
          name="callbackUrl"
          placeholder="https://example.com/done"
          wanted={wanted}
          onWanted={onWanted}
        />
      )}
    </fieldset>
  );
}

function MoreOptions(part: Part) {
  return (
    <details class="more">
      <summary>More options</summary>
      <div class="fields fields-two">
        <Option label="Request id" name="requestId" {...part} />
        <Option label="Idempotency key" name="idempotencyKey" {...part} />
        <Option label="Run timeout in seconds" name="runTimeout" {...part} />
        <Option
          label="Start timeout in seconds"
          name="startTimeout"
          {...part}
        />
      </div>
    </details>
  );
}

function Option(
  props: Part & {
    label: string;
    name: Exclude<keyof Wanted, "way">;
    placeholder?: string;
  },
) {
  const { name, label, wanted, onWanted, placeholder } = props;
  return (
    <div class="field">
      <label class="field-label" for={`option-${name}`}>
        {label}
      </label>
      <input
        id={`option-${name}`}
        class="input"
        autoComplete="off"
        placeholder={placeholder}
        value={wanted[name] ?? ""}
        onInput={(event) => {
          onWanted({ ...wanted, [name]: event.currentTarget.value });
        }}
      />
    </div>
  );
}
