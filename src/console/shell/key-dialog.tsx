/** Asks for the API key, once in each tab. */
import { useState } from "preact/hooks";
import {
  dismissKeyQuestion,
  keyQuestion,
  readKey,
  rememberKey,
} from "../api/key.ts";
import { Problem, probeKey } from "../api/request.ts";
import { Dialog } from "../parts/dialog.tsx";
import { toMessage } from "../parts/states.tsx";

export function KeyDialog() {
  const [key, setKey] = useState("");
  const [isShown, setShown] = useState(false);
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const question = keyQuestion.value;
  if (question === undefined) return null;
  const use = async () => {
    setBusy(true);
    try {
      await probeKey(key);
      setKey("");
      setFault("");
      rememberKey(key);
    } catch (error) {
      setFault(
        error instanceof Problem && error.status === 401
          ? "The server does not know this key. It may have been revoked or have expired."
          : toMessage(error),
      );
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title="API key" onClose={dismissKeyQuestion}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (key !== "") void use();
        }}
      >
        <p class="muted">
          {question === ""
            ? "All requests from this tab will use this key."
            : readKey() === undefined
              ? "This server requires an API key."
              : "The key of this tab is no longer accepted."}{" "}
          It is forgotten when the tab is closed.
        </p>
        <div class="field">
          <label class="field-label" for="api-key">
            Key
          </label>
          <div class="secret-field">
            <input
              id="api-key"
              class="input mono"
              {...{ type: (isShown ? "text" : "password") as "text" }}
              autoComplete="off"
              spellcheck={false}
              value={key}
              aria-describedby="api-key-fault"
              onInput={(event) => {
                setKey(event.currentTarget.value);
              }}
            />
            <button
              type="button"
              class="button"
              aria-pressed={isShown}
              onClick={() => {
                setShown(!isShown);
              }}
            >
              {isShown ? "Hide" : "Show"}
            </button>
          </div>
          <p id="api-key-fault" class="field-error" role="alert">
            {fault}
          </p>
        </div>
        <div class="buttons buttons-end">
          <button
            type="submit"
            class="button button-primary"
            disabled={key === "" || isBusy}
          >
            Use this key
          </button>
        </div>
      </form>
    </Dialog>
  );
}
