/** Creates a key, and shows it once. */
import { useState } from "preact/hooks";
import { useActions } from "../actions/catalog.ts";
import { ask } from "../api/request.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { toMessage } from "../parts/states.tsx";

const SCOPES = {
  run: "start runs",
  read: "see actions and its own runs",
  cancel: "cancel its own runs",
  admin: "everything, of everybody",
} as const;

type Scope = keyof typeof SCOPES;

export function NewKey({ onClose }: { onClose: () => void }) {
  const [key, setKey] = useState("");
  return (
    <Dialog
      title={key === "" ? "Create a key" : "Key created"}
      onClose={onClose}
    >
      {key === "" ? (
        <KeyForm onCreated={setKey} onClose={onClose} />
      ) : (
        <>
          <p>Copy it now. It will not be shown again.</p>
          <div class="secret">
            <code class="wrap">{key}</code>
            <CopyButton text={key} label="Copy the key" />
          </div>
          <div class="buttons buttons-end">
            <button
              type="button"
              class="button button-primary"
              onClick={onClose}
            >
              Done
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function KeyForm(props: {
  onCreated: (key: string) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>([
    "run",
    "read",
    "cancel",
  ]);
  const [packages, setPackages] = useState<readonly string[]>([]);
  const [fault, setFault] = useState("");
  const { value: actions = [] } = useActions();
  const known = [...new Set(actions.map((action) => action.package))];
  const create = async () => {
    try {
      const { key } = await ask<{ key: string }>("/api/keys", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          name,
          scopes,
          packages: packages.length === 0 ? null : packages,
        }),
      });
      props.onCreated(key);
    } catch (error) {
      setFault(toMessage(error));
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <div class="field">
        <label class="field-label" for="key-name">
          Name
        </label>
        <input
          id="key-name"
          class="input"
          required
          autoComplete="off"
          value={name}
          aria-describedby="key-fault"
          onInput={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <p id="key-fault" class="field-error" role="alert">
          {fault}
        </p>
      </div>
      <Boxes
        legend="Permissions"
        names={Object.keys(SCOPES) as Scope[]}
        chosen={scopes}
        toText={(scope) => `${scope}: ${SCOPES[scope]}`}
        onChange={setScopes}
      />
      <Boxes
        legend="Packages (none selected means all)"
        names={known}
        chosen={packages}
        toText={(text) => text}
        onChange={setPackages}
      />
      <div class="buttons buttons-end">
        <button type="button" class="button" onClick={props.onClose}>
          Close
        </button>
        <button type="submit" class="button button-primary">
          Create
        </button>
      </div>
    </form>
  );
}

function Boxes<Name extends string>(props: {
  legend: string;
  names: readonly Name[];
  chosen: readonly Name[];
  toText: (name: Name) => string;
  onChange: (chosen: readonly Name[]) => void;
}) {
  const { names, chosen, onChange } = props;
  return (
    <fieldset class="group">
      <legend class="group-legend">{props.legend}</legend>
      {names.map((name) => (
        <label key={name} class="field-row">
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={(event) => {
              onChange(
                event.currentTarget.checked
                  ? [...chosen, name]
                  : chosen.filter((other) => other !== name),
              );
            }}
          />
          {props.toText(name)}
        </label>
      ))}
    </fieldset>
  );
}
