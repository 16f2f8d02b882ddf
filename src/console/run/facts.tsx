/** What is known of a run besides what happened to it. */
import { nameOfKey, useKeyNames } from "../api/key-names.ts";
import type { RunSummary } from "../api/objects.ts";
import { CopyButton } from "../parts/copy-button.tsx";

export function Facts({ run }: { run: RunSummary }) {
  const names = useKeyNames(run.key_id !== "");
  return (
    <section class="card" aria-labelledby="facts-title">
      <h2 id="facts-title">Details</h2>
      <dl class="facts">
        <dt>Run id</dt>
        <dd>
          <code class="id">{run.id}</code>
          <CopyButton text={run.id} label="Copy the run id" />
        </dd>
        <dt>Number</dt>
        <dd>{run.numbered_id.toLocaleString("en")}</dd>
        {run.request_id !== "" && (
          <>
            <dt>Request id</dt>
            <dd>
              <code class="id">{run.request_id}</code>
              <CopyButton text={run.request_id} label="Copy the request id" />
            </dd>
          </>
        )}
        {names !== undefined && (
          <>
            <dt>Key</dt>
            <dd>{nameOfKey(run.key_id, names)}</dd>
          </>
        )}
        <dt>Attempt</dt>
        <dd>{run.attempt}</dd>
        <dt>Detached</dt>
        <dd>
          {run.detached
            ? "Yes: the caller did not wait for the result."
            : "No: the caller received the result."}
        </dd>
      </dl>
    </section>
  );
}
