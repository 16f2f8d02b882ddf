/** The API keys: listed, created and revoked by an admin. */
import { useState } from "preact/hooks";
import type { ApiKey } from "../api/objects.ts";
import { ask, isMissing, Problem } from "../api/request.ts";
import { useResource } from "../api/resource.ts";
import { announce, announceFailure } from "../parts/announce.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Icon } from "../parts/icon.tsx";
import { Moment } from "../parts/moment.tsx";
import { Empty, Failure, Loading, toMessage } from "../parts/states.tsx";
import { NewKey } from "./new-key.tsx";

export function Keys() {
  const keys = useResource("keys", (signal) =>
    ask<ApiKey[]>("/api/keys", { signal }),
  );
  const [isCreating, setCreating] = useState(false);
  if (isMissing(keys.error)) return null;
  const isRefused = keys.error instanceof Problem && keys.error.status === 403;
  return (
    <section class="card" aria-labelledby="keys-title">
      <div class="card-head">
        <h2 id="keys-title">API keys</h2>
        <span class="spacer" />
        {keys.value !== undefined && (
          <button
            type="button"
            class="button button-small"
            onClick={() => {
              setCreating(true);
            }}
          >
            <Icon name="plus" /> Create a key
          </button>
        )}
      </div>
      {keys.value !== undefined ? (
        <KeyList keys={keys.value} onChange={keys.reload} />
      ) : isRefused ? (
        <Empty icon="key" title="Only admins can see the keys">
          The key used in this tab does not have the admin scope.
        </Empty>
      ) : keys.error === undefined ? (
        <Loading rows={2} />
      ) : (
        <Failure error={keys.error} onRetry={keys.reload} />
      )}
      {isCreating && (
        <NewKey
          onClose={() => {
            setCreating(false);
            keys.reload();
          }}
        />
      )}
    </section>
  );
}

function KeyList(props: { keys: readonly ApiKey[]; onChange: () => void }) {
  const [asked, setAsked] = useState<ApiKey>();
  if (props.keys.length === 0)
    return (
      <Empty icon="key" title="There are no keys">
        Anyone who can reach this server can use it. Once you create a key,
        every request needs one.
      </Empty>
    );
  return (
    <>
      <ul class="lines">
        {props.keys.map((key) => (
          <KeyLine
            key={key.id}
            apiKey={key}
            onRevoke={() => {
              setAsked(key);
            }}
          />
        ))}
      </ul>
      {asked !== undefined && (
        <Revoke
          apiKey={asked}
          onClose={() => {
            setAsked(undefined);
            props.onChange();
          }}
        />
      )}
    </>
  );
}

function KeyLine(props: { apiKey: ApiKey; onRevoke: () => void }) {
  const { apiKey, onRevoke } = props;
  const { name, scopes, packages, state = "active" } = apiKey;
  return (
    <li class="line line-key">
      <span class="line-main">
        <strong>{name}</strong>
        <span class="muted small">
          {scopes.join(", ")} ·{" "}
          {packages === null ? "all packages" : packages.join(", ")}
          {typeof apiKey.expires_time === "string" && (
            <>
              {" "}
              · expires <Moment time={apiKey.expires_time} />
            </>
          )}
          {typeof apiKey.last_used_time === "string" && (
            <>
              {" "}
              · used <Moment time={apiKey.last_used_time} />
            </>
          )}
        </span>
      </span>
      {state === "active" ? (
        <button
          type="button"
          class="button button-small button-danger"
          onClick={onRevoke}
        >
          Revoke<span class="visually-hidden"> {name}</span>
        </button>
      ) : (
        <span class="badge badge-quiet">{state}</span>
      )}
    </li>
  );
}

function Revoke(props: { apiKey: ApiKey; onClose: () => void }) {
  const { apiKey, onClose } = props;
  const revoke = async () => {
    try {
      await ask(`/api/keys/${encodeURIComponent(apiKey.id)}`, {
        method: "DELETE",
      });
      announce(`The key ${apiKey.name} was revoked.`);
    } catch (error) {
      announceFailure(toMessage(error));
    }
    onClose();
  };
  return (
    <Dialog title={`Revoke the key ${apiKey.name}?`} onClose={onClose}>
      <p>Requests that use it will be refused. This cannot be undone.</p>
      <div class="buttons buttons-end">
        <button type="button" class="button" onClick={onClose}>
          Keep it
        </button>
        <button
          type="button"
          class="button button-danger"
          onClick={() => {
            void revoke();
          }}
        >
          Revoke
        </button>
      </div>
    </Dialog>
  );
}
