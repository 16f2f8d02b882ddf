/** The list of runs. On a phone its rows become cards; the roles keep it a table for screen readers there. */
import { type KeyNames, nameOfKey, useKeyNames } from "../api/key-names.ts";
import type { RunSummary } from "../api/objects.ts";
import { toShortId } from "../format/amounts.ts";
import { toDuration } from "../format/time.ts";
import { Elapsed, Moment } from "../parts/moment.tsx";
import { StatusBadge } from "../parts/status-badge.tsx";

interface RunTableProps {
  readonly runs: readonly RunSummary[];
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (selected: ReadonlySet<string>) => void;
}

export function RunTable({ runs, selected, onSelect }: RunTableProps) {
  const isAll = runs.every(({ id }) => selected.has(id));
  const names = useKeyNames(runs.some(({ key_id }) => key_id !== ""));
  return (
    <table class="table" role="table" aria-label="Runs">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" class="cell-check">
            <input
              type="checkbox"
              aria-label="Select all runs shown"
              checked={isAll}
              onChange={() => {
                onSelect(new Set(isAll ? [] : runs.map(({ id }) => id)));
              }}
            />
          </th>
          <th role="columnheader" class="cell-status">
            Status
          </th>
          <th role="columnheader">Action</th>
          <th role="columnheader" class="cell-id">
            Run
          </th>
          {names !== undefined && (
            <th role="columnheader" class="cell-who">
              Key
            </th>
          )}
          <th role="columnheader" class="cell-time">
            Accepted
          </th>
          <th role="columnheader" class="cell-number">
            Duration
          </th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        {runs.map((run) => (
          <Row
            key={run.id}
            run={run}
            names={names}
            isSelected={selected.has(run.id)}
            onSelect={(isSelected) => {
              const changed = new Set(selected);
              if (isSelected) changed.add(run.id);
              else changed.delete(run.id);
              onSelect(changed);
            }}
          />
        ))}
      </tbody>
    </table>
  );
}

function Row(props: {
  run: RunSummary;
  names: KeyNames | undefined;
  isSelected: boolean;
  onSelect: (isSelected: boolean) => void;
}) {
  const { run, names, isSelected, onSelect } = props;
  return (
    <tr role="row" class={isSelected ? "is-selected" : ""}>
      <td role="cell" class="cell-check">
        <input
          type="checkbox"
          aria-label={`Select the run ${toShortId(run.id)}`}
          checked={isSelected}
          onChange={(event) => {
            onSelect(event.currentTarget.checked);
          }}
        />
      </td>
      <td role="cell" class="cell-status">
        <StatusBadge state={run.state} />
      </td>
      <td role="cell" class="cell-main">
        <a class="row-link" href={`/runs/${run.id}`}>
          <span class="muted">{run.package}/</span>
          {run.action}
        </a>
        {run.error_message !== null && (
          <span class="row-note" title={run.error_message}>
            {run.error_message}
          </span>
        )}
      </td>
      <td role="cell" class="cell-id">
        <span class="mono" title={run.id}>
          {toShortId(run.id)}
        </span>
        {run.request_id !== "" && (
          <span class="row-note mono" title={`Request id ${run.request_id}`}>
            {run.request_id}
          </span>
        )}
      </td>
      {names !== undefined && (
        <td role="cell" class="cell-who">
          {nameOfKey(run.key_id, names)}
        </td>
      )}
      <td role="cell" class="cell-time">
        <Moment time={run.created_time} />
      </td>
      <td role="cell" class="cell-number">
        <Duration run={run} />
      </td>
    </tr>
  );
}

function Duration({ run }: { run: RunSummary }) {
  if (run.state === "running") return <Elapsed since={run.start_time} />;
  return <>{run.run_time === null ? "–" : toDuration(run.run_time * 1000)}</>;
}
