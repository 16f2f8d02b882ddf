/** The actions by package, with a search. */
import { useState } from "preact/hooks";
import type { Action } from "../api/objects.ts";
import { toCount } from "../format/amounts.ts";
import { Icon } from "../parts/icon.tsx";
import { Empty } from "../parts/states.tsx";
import { groupByPackage, searchActions } from "./catalog.ts";

export function ActionList(props: {
  actions: readonly Action[];
  current?: string | undefined;
}) {
  const [text, setText] = useState("");
  const found = searchActions(props.actions, text);
  return (
    <>
      <div class="search">
        <Icon name="search" />
        <input
          type="search"
          class="input"
          placeholder="Search actions"
          aria-label="Search actions"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
          }}
        />
      </div>
      <p class="visually-hidden" role="status">
        {toCount(found.length, "action")}
      </p>
      {found.length === 0 ? (
        <Empty icon="search" title="No action matches" />
      ) : (
        groupByPackage(found).map(([name, actions]) => (
          <section key={name} class="package" aria-label={`Package ${name}`}>
            <h2 class="package-name">{name}</h2>
            <ul class="action-list">
              {actions.map((action) => (
                <Entry
                  key={action.address}
                  action={action}
                  isCurrent={action.address === props.current}
                />
              ))}
            </ul>
          </section>
        ))
      )}
    </>
  );
}

function Entry(props: { action: Action; isCurrent: boolean }) {
  const { address, action, description, running } = props.action;
  return (
    <li>
      <a
        class="action-link"
        href={`/actions/${address}`}
        {...(props.isCurrent ? { "aria-current": "page" as const } : {})}
      >
        <span class="action-link-name">
          {action}
          {running > 0 && (
            <span
              class="count"
              title={`${toCount(running, "run")} in progress`}
            >
              {running}
            </span>
          )}
        </span>
        {description !== "" && (
          <span class="action-link-text">{description}</span>
        )}
      </a>
    </li>
  );
}
