/** Why a run did not pass. */
import type { RunSummary } from "../api/objects.ts";
import { JsonTree } from "../parts/json-tree.tsx";

export function ErrorView(props: {
  run: RunSummary;
  /** From the run's log, where this key may read it. */
  stack?: string | undefined;
}) {
  const { error, error_message, state } = props.run;
  const stack = error?.stack ?? props.stack;
  return (
    <div class={`notice ${state === "cancelled" ? "" : "notice-bad"}`}>
      <p class="error-message">{error?.message ?? error_message}</p>
      {error !== null && (
        <p class="error-code">
          <span class="muted">code</span> <code>{error.code}</code>
        </p>
      )}
      {error?.data !== undefined && <JsonTree value={error.data} />}
      {stack !== undefined && (
        <details class="more">
          <summary>Stack</summary>
          <pre class="code" tabIndex={0}>
            {stack}
          </pre>
        </details>
      )}
    </div>
  );
}
