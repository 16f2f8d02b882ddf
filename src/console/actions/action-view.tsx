/** One action: what it is, its form, and the outcome beside it. */
import { useLocation } from "preact-iso";
import { useMemo, useState } from "preact/hooks";
import type { Action } from "../api/objects.ts";
import { ask } from "../api/request.ts";
import { useResource } from "../api/resource.ts";
import { toCount } from "../format/amounts.ts";
import { initialValue } from "../form/initial.ts";
import { PageHead } from "../parts/page-head.tsx";
import { Failure, Loading } from "../parts/states.tsx";
import { OutcomePanel } from "./outcome-panel.tsx";
import { RunForm } from "./run-form.tsx";
import { SamplePanel } from "./sample-panel.tsx";
import { readKey } from "../api/key.ts";
import { toHeaders, type Wanted } from "./wanted.ts";
import { useStart } from "./start.ts";

export function ActionView({ action }: { action: Action }) {
  return (
    <>
      <a class="back-link" href="/">
        All actions
      </a>
      <PageHead
        title={action.address}
        heading={
          <>
            <span class="muted">{action.package}/</span>
            {action.action}
          </>
        }
        lead={action.description === "" ? undefined : action.description}
      >
        <a
          class="button"
          href={`/runs?package=${encodeURIComponent(action.package)}&action=${encodeURIComponent(action.action)}`}
        >
          View runs
        </a>
      </PageHead>
      <Limits action={action} />
      <WithInput action={action} />
    </>
  );
}

/** Where a run is named, its input is what the form begins with. */
function WithInput({ action }: { action: Action }) {
  const { query } = useLocation();
  const from = query["from"];
  const input = useResource(`input of ${from}`, async (signal) => {
    if (from === undefined) return { value: undefined };
    const path = `/api/runs/${encodeURIComponent(from)}/fields?fields=inputs`;
    const { inputs } = await ask<{ inputs: string }>(path, { signal });
    return { value: JSON.parse(inputs) as unknown };
  });
  if (input.error !== undefined)
    return <Failure error={input.error} onRetry={input.reload} />;
  if (input.value === undefined) return <Loading />;
  return <Bench action={action} given={input.value.value} />;
}

function Bench(props: { action: Action; given: unknown }) {
  const { action, given } = props;
  const schema = action.input_schema;
  const first = useMemo(
    () => given ?? initialValue(schema, schema) ?? {},
    [given, schema],
  );
  const [input, setInput] = useState<unknown>(first);
  const [wanted, setWanted] = useState<Wanted>({ way: "now" });
  const start = useStart(action);
  return (
    <div class="bench">
      <RunForm
        schema={schema}
        input={input}
        wanted={wanted}
        errors={start.errors}
        isStarting={start.isStarting}
        onInput={setInput}
        onWanted={setWanted}
        onStart={() => {
          start.begin(input, wanted);
        }}
      />
      <div class="bench-side">
        <OutcomePanel started={start.started} refusal={start.refusal} />
        <SamplePanel
          call={{
            url: `${location.origin}${action.url}`,
            input,
            headers: toHeaders(wanted),
            needsKey: readKey() !== undefined,
          }}
        />
      </div>
    </div>
  );
}

function Limits({ action }: { action: Action }) {
  const { concurrency, concurrency_per_key, retries, isolation } = action;
  const facts = [
    ...(isolation === "process" ? ["in a process of its own"] : []),
    ...(concurrency === null
      ? []
      : [
          `${toCount(concurrency, "run")} at a time${concurrency_per_key ? " per key" : ""}`,
        ]),
    ...(retries === null
      ? []
      : [`up to ${toCount(retries.attempts, "attempt")}`]),
    ...(action.running > 0 ? [`${action.running} running now`] : []),
  ];
  if (facts.length === 0) return null;
  return (
    <ul class="facts-line" aria-label="Limits">
      {facts.map((fact) => (
        <li key={fact} class="chip">
          {fact}
        </li>
      ))}
    </ul>
  );
}
