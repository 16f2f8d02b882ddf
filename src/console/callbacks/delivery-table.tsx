/** The list of callbacks; each opens to show its attempts. */
import { useState } from "preact/hooks";
import type { Delivery, DeliveryAttempt } from "../api/objects.ts";
import { ask } from "../api/request.ts";
import { useResource } from "../api/resource.ts";
import { toCount, toShortId } from "../format/amounts.ts";
import { Icon } from "../parts/icon.tsx";
import { Moment } from "../parts/moment.tsx";
import { Failure, Loading } from "../parts/states.tsx";
import { StatusBadge } from "../parts/status-badge.tsx";
import { runPath } from "../run/use-run.ts";
import { Attempts } from "./attempts.tsx";
import { RedeliverButton } from "./redeliver.tsx";

interface DeliveryTableProps {
  readonly deliveries: readonly Delivery[];
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (selected: ReadonlySet<string>) => void;
  readonly onHost: (host: string) => void;
}

export function DeliveryTable(props: DeliveryTableProps) {
  const { deliveries, selected, onSelect, onHost } = props;
  return (
    <ul class="deliveries" aria-label="Callbacks">
      {deliveries.map((delivery) => (
        <Row
          key={delivery.run_id}
          delivery={delivery}
          isSelected={selected.has(delivery.run_id)}
          onHost={onHost}
          onSelect={(isSelected) => {
            const changed = new Set(selected);
            if (isSelected) changed.add(delivery.run_id);
            else changed.delete(delivery.run_id);
            onSelect(changed);
          }}
        />
      ))}
    </ul>
  );
}

function Row(props: {
  delivery: Delivery;
  isSelected: boolean;
  onSelect: (isSelected: boolean) => void;
  onHost: (host: string) => void;
}) {
  const { delivery, isSelected, onSelect, onHost } = props;
  const { run_id, state, url, host, attempt_count, created_time } = delivery;
  const [isOpen, setOpen] = useState(false);
  return (
    <li class={`delivery ${isSelected ? "is-selected" : ""}`}>
      <div class="delivery-line">
        <input
          type="checkbox"
          aria-label={`Select the callback of ${toShortId(run_id)}`}
          checked={isSelected}
          onChange={(event) => {
            onSelect(event.currentTarget.checked);
          }}
        />
        <StatusBadge state={state} />
        <span class="delivery-url mono wrap">{url}</span>
        <span class="delivery-facts muted small">
          {toCount(attempt_count, "attempt")}
          {delivery.next_attempt_time !== null && (
            <>
              , next <Moment time={delivery.next_attempt_time} />
            </>
          )}
        </span>
        <span class="delivery-time muted small">
          <Moment time={created_time} />
        </span>
        <button
          type="button"
          class={`icon-button ${isOpen ? "is-open" : ""}`}
          aria-expanded={isOpen}
          aria-label={`Attempts of ${toShortId(run_id)}`}
          onClick={() => {
            setOpen(!isOpen);
          }}
        >
          <Icon name="next" />
        </button>
      </div>
      {isOpen && (
        <Details delivery={delivery}>
          <a class="button button-small" href={`/runs/${run_id}`}>
            The run
          </a>
          <button
            type="button"
            class="button button-small"
            onClick={() => {
              onHost(host);
            }}
          >
            All to {host}
          </button>
        </Details>
      )}
    </li>
  );
}

function Details(props: {
  delivery: Delivery;
  children: preact.ComponentChildren;
}) {
  const { run_id, state, attempt_count } = props.delivery;
  const loaded = useResource(
    `attempts of ${run_id}, ${state}, ${attempt_count}`,
    (signal) =>
      ask<Delivery & { attempts: readonly DeliveryAttempt[] }>(
        `${runPath(run_id)}/callback`,
        { signal },
      ),
  );
  return (
    <div class="delivery-more">
      {loaded.value !== undefined ? (
        <Attempts delivery={loaded.value} attempts={loaded.value.attempts} />
      ) : loaded.error === undefined ? (
        <Loading rows={1} />
      ) : (
        <Failure error={loaded.error} onRetry={loaded.reload} />
      )}
      <div class="buttons">
        <RedeliverButton runId={run_id} onDone={loaded.reload} />
        {props.children}
      </div>
    </div>
  );
}
