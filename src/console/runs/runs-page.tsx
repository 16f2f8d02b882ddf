/** Runs: charts of the last hour, and the list. */
import { useLocation } from "preact-iso";
import { useEffect, useState } from "preact/hooks";
import type { LiveState } from "../api/live.ts";
import { toCount } from "../format/amounts.ts";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Failure, Loading } from "../parts/states.tsx";
import { Charts } from "./charts.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { type Filter, isFiltering, parseFilter, toSearch } from "./filter.ts";
import { RunTable } from "./run-table.tsx";
import { SelectionBar } from "./selection-bar.tsx";
import { useRuns } from "./use-runs.ts";

/** Whoever has scrolled this far is reading. */
const READING_PX = 240;

export function RunsPage() {
  const { url, route } = useLocation();
  const filter = parseFilter(new URL(url, location.origin).search);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const isReading = useReading();
  const list = useRuns(filter, isReading || selected.size > 0);
  const show = (changed: Filter) => {
    setSelected(new Set());
    route(`/runs${toSearch(changed)}`);
  };
  return (
    <>
      <PageHead title="Runs">
        <LiveSign state={list.live} />
      </PageHead>
      <Charts />
      <FilterBar filter={filter} onChange={show} />
      <div class="card card-flush">
        {list.waitingCount > 0 && filter.before === undefined && (
          <button
            type="button"
            class="new-runs"
            onClick={() => {
              setSelected(new Set());
              scrollTo({ top: 0 });
              list.showWaiting();
            }}
          >
            {toCount(list.waitingCount, "new run")}
          </button>
        )}
        {list.isLoading ? (
          <Loading rows={10} />
        ) : list.runs.length === 0 && list.error !== undefined ? (
          <Failure error={list.error} onRetry={list.reload} />
        ) : list.runs.length === 0 ? (
          <Nothing filter={filter} />
        ) : (
          <RunTable
            runs={list.runs}
            selected={selected}
            onSelect={setSelected}
          />
        )}
      </div>
      <Pager
        filter={filter}
        lastNumber={list.hasNext ? list.runs.at(-1)?.numbered_id : undefined}
      />
      <SelectionBar
        runs={list.runs.filter(({ id }) => selected.has(id))}
        onDone={() => {
          setSelected(new Set());
          list.reload();
        }}
      />
    </>
  );
}

function useReading(): boolean {
  const [isReading, setReading] = useState(false);
  useEffect(() => {
    const look = () => {
      setReading(scrollY > READING_PX);
    };
    addEventListener("scroll", look, { passive: true });
    return () => {
      removeEventListener("scroll", look);
    };
  }, []);
  return isReading;
}

const LIVE_SIGNS: Readonly<Record<LiveState, string>> = {
  connecting: "Connecting …",
  live: "Live",
  missing: "Updated every 2 s",
};

function LiveSign({ state }: { state: LiveState }) {
  return (
    <span class={`live ${state === "live" ? "live-on" : ""}`}>
      <span class="live-dot" aria-hidden="true" />
      {LIVE_SIGNS[state]}
    </span>
  );
}

function Nothing({ filter }: { filter: Filter }) {
  if (isFiltering(filter) || filter.before !== undefined)
    return (
      <Empty icon="search" title="No run matches">
        <a href="/runs">Show all runs</a>
      </Empty>
    );
  return (
    <Empty icon="runs" title="No runs yet">
      <a href="/">Choose an action</a> and run it.
    </Empty>
  );
}

function Pager(props: { filter: Filter; lastNumber: number | undefined }) {
  const { filter, lastNumber } = props;
  if (lastNumber === undefined && filter.before === undefined) return null;
  const { before, ...newest } = filter;
  return (
    <nav class="pager" aria-label="Pages of runs">
      {before !== undefined && (
        <a class="button" href={`/runs${toSearch(newest)}`}>
          Newest
        </a>
      )}
      <span class="spacer" />
      {lastNumber !== undefined && (
        <a
          class="button"
          href={`/runs${toSearch({ ...filter, before: lastNumber })}`}
        >
          Older
        </a>
      )}
    </nav>
  );
}
