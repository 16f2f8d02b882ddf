/** Actions: the list, and beside it the one that was chosen. */
import { useRoute } from "preact-iso";
import { Empty, Failure, Loading } from "../parts/states.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { ActionList } from "./action-list.tsx";
import { ActionView } from "./action-view.tsx";
import { useActions } from "./catalog.ts";

export function ActionsPage() {
  const { params } = useRoute() as {
    params: { package?: string; action?: string };
  };
  const actions = useActions();
  const address =
    params.action === undefined
      ? undefined
      : `${params.package}/${params.action}`;
  const chosen = actions.value?.find((action) => action.address === address);
  return (
    <div class={`split ${address === undefined ? "" : "split-chosen"}`}>
      <aside class="split-list" aria-label="Actions">
        {actions.value === undefined ? (
          actions.error === undefined && <Loading rows={6} />
        ) : actions.value.length === 0 ? (
          <Empty icon="actions" title="No actions yet">
            Add a TypeScript file that exports an action to the actions folder.
          </Empty>
        ) : (
          <ActionList actions={actions.value} current={address} />
        )}
      </aside>
      <div class="split-main">
        {actions.value === undefined && actions.error !== undefined ? (
          <>
            <PageHead title={address ?? "Actions"} />
            <Failure error={actions.error} onRetry={actions.reload} />
          </>
        ) : chosen !== undefined ? (
          <ActionView key={chosen.address} action={chosen} />
        ) : actions.value !== undefined && address !== undefined ? (
          <>
            <PageHead title="Not found" />
            <Empty icon="alert" title={`There is no action ${address}`}>
              <a href="/">All actions</a>
            </Empty>
          </>
        ) : (
          <Welcome isEmpty={actions.value?.length === 0} />
        )}
      </div>
    </div>
  );
}

function Welcome({ isEmpty }: { isEmpty: boolean }) {
  return (
    <div class="welcome">
      <PageHead title="Actions" lead="Run an action and see its result." />
      {!isEmpty && (
        <div class="welcome-hint">
          <Empty icon="actions" title="Choose an action">
            Fill in its form, run it, and see the result next to it.
          </Empty>
        </div>
      )}
    </div>
  );
}
