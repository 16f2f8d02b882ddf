/** Callbacks: who is owed an outcome, what was tried, and sending it again. */
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { DELIVERY_STATES, type Delivery } from "../api/objects.ts";
import { request } from "../api/request.ts";
import { useInterval, useResource } from "../api/resource.ts";
import { Chips, Filters, SearchField } from "../parts/filters.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Failure, Loading } from "../parts/states.tsx";
import { DeliveryTable } from "./delivery-table.tsx";
import { RedeliverHost, RedeliverSelected } from "./redeliver.tsx";

const PAGE_SIZE = 50;
const POLL_MS = 3000;

export function CallbacksPage() {
  const { url, route } = useLocation();
  const query = new URL(url, location.origin).searchParams;
  const state = DELIVERY_STATES.find((name) => name === query.get("state"));
  const host = query.get("host") ?? "";
  const before = query.get("before") ?? "";
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const search = toSearch({ state: state ?? "", host, before });
  const list = useResource(`callbacks ${search}`, async (signal) => {
    const response = await request(
      `/api/callbacks?limit=${PAGE_SIZE}&${search}`,
      { signal },
    );
    return {
      deliveries: (await response.json()) as Delivery[],
      hasNext: response.headers.get("link")?.includes('rel="next"') === true,
    };
  });
  useInterval(selected.size > 0 ? undefined : POLL_MS, list.reload);
  const show = (parts: { state?: string; host?: string }) => {
    setSelected(new Set());
    route(`/callbacks?${toSearch({ state: state ?? "", host, ...parts })}`);
  };
  const deliveries = list.value?.deliveries ?? [];
  const last = list.value?.hasNext === true ? deliveries.at(-1) : undefined;
  return (
    <>
      <PageHead
        title="Callbacks"
        lead="Webhooks that tell a receiver how a run ended."
      />
      <Filters>
        <Chips
          names={DELIVERY_STATES}
          pressed={state === undefined ? [] : [state]}
          onToggle={(name) => {
            show({ state: name === state ? "" : name });
          }}
        />
        <SearchField
          label="Host of the receiver"
          value={host}
          onSearch={(text) => {
            show({ host: text });
          }}
        />
      </Filters>
      {host !== "" && <RedeliverHost host={host} onDone={list.reload} />}
      <div class="card card-flush">
        {list.isLoading ? (
          <Loading rows={6} />
        ) : list.value === undefined ? (
          <Failure error={list.error} onRetry={list.reload} />
        ) : deliveries.length === 0 ? (
          <Empty
            icon="callbacks"
            title={search === "" ? "No callbacks yet" : "No callback matches"}
          >
            {search === "" ? (
              <>
                Callbacks appear here once an action is run with a callback URL.
              </>
            ) : (
              <a href="/callbacks">Show all callbacks</a>
            )}
          </Empty>
        ) : (
          <DeliveryTable
            deliveries={deliveries}
            selected={selected}
            onSelect={setSelected}
            onHost={(name) => {
              show({ host: name });
            }}
          />
        )}
      </div>
      {last !== undefined && (
        <nav class="pager" aria-label="Pages of callbacks">
          <span class="spacer" />
          <a
            class="button"
            href={`/callbacks?${toSearch({ state: state ?? "", host, before: String(last.numbered_id) })}`}
          >
            Older
          </a>
        </nav>
      )}
      {selected.size > 0 && (
        <RedeliverSelected
          ids={[...selected]}
          onDone={() => {
            setSelected(new Set());
            list.reload();
          }}
        />
      )}
    </>
  );
}

function toSearch(parts: Readonly<Record<string, string>>): string {
  return new URLSearchParams(
    Object.entries(parts).filter(([, text]) => text !== ""),
  ).toString();
}
