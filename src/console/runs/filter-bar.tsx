/** The filters of the list of runs. */
import { useLocation } from "preact-iso";
import { useActions } from "../actions/catalog.ts";
import { STATES, type State } from "../api/objects.ts";
import { Chips, Filters, SearchField } from "../parts/filters.tsx";
import { type Filter, isFiltering, isRunId } from "./filter.ts";

interface FilterBarProps {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

export function FilterBar({ filter, onChange }: FilterBarProps) {
  const { route } = useLocation();
  const { before: __, ...kept } = filter;
  const toggle = (state: State) => {
    const states = filter.states.includes(state)
      ? filter.states.filter((other) => other !== state)
      : [...filter.states, state];
    onChange({ ...kept, states });
  };
  /** The id of a run leads to that run; anything else is the id of a request. */
  const search = (wanted: string) => {
    if (isRunId(wanted)) {
      route(`/runs/${wanted}`);
      return;
    }
    const { requestId: _, ...others } = kept;
    onChange(wanted === "" ? others : { ...others, requestId: wanted });
  };
  return (
    <Filters>
      <Chips names={STATES} pressed={filter.states} onToggle={toggle} />
      <ActionChoice filter={kept} onChange={onChange} />
      <SearchField
        label="Run id or request id"
        value={filter.requestId ?? ""}
        onSearch={search}
      />
      {isFiltering(filter) && (
        <button
          type="button"
          class="link-button"
          onClick={() => {
            onChange({ states: [] });
          }}
        >
          Clear
        </button>
      )}
    </Filters>
  );
}

function ActionChoice({ filter, onChange }: FilterBarProps) {
  const { value: actions = [] } = useActions();
  const { package: _, action: __, ...others } = filter;
  const packages = [...new Set(actions.map((action) => action.package))];
  const current = [filter.package ?? "", filter.action ?? ""].join("/");
  const choose = (chosen: string) => {
    const [name = "", action = ""] = chosen.split("/");
    onChange({
      ...others,
      ...(name === "" ? {} : { package: name }),
      ...(action === "" ? {} : { action }),
    });
  };
  const isKnown =
    current === "/" ||
    actions.some(({ address }) => address === current) ||
    packages.includes(current.slice(0, -1));
  return (
    <select
      class="input input-small"
      aria-label="Action"
      value={current}
      onChange={(event) => {
        choose(event.currentTarget.value);
      }}
    >
      <option value="/">All actions</option>
      {!isKnown && <option value={current}>{current}</option>}
      {packages.map((name) => (
        <optgroup key={name} label={name}>
          <option value={`${name}/`}>All of {name}</option>
          {actions
            .filter((action) => action.package === name)
            .map(({ address, action }) => (
              <option key={address} value={address}>
                {action}
              </option>
            ))}
        </optgroup>
      ))}
    </select>
  );
}
