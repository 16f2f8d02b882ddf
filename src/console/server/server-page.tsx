/** The server: whether it is well, how full it is, what it keeps, and its keys. */
import type { ServerState } from "../api/objects.ts";
import { ask, isMissing, Problem } from "../api/request.ts";
import { useInterval, useResource } from "../api/resource.ts";
import { toDuration } from "../format/time.ts";
import { useNow } from "../parts/moment.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Failure, Loading } from "../parts/states.tsx";
import { Health } from "./health.tsx";
import { Keys } from "./keys.tsx";
import { Lingering } from "./lingering.tsx";
import { Numbers } from "./numbers.tsx";
import { ReloadErrors } from "./reload-errors.tsx";
import { Slots } from "./slots.tsx";

const POLL_MS = 3000;

export function ServerPage() {
  const server = useResource("server", (signal) =>
    ask<ServerState>("/api/server", { signal }),
  );
  const canTell = !(
    server.error instanceof Problem && server.error.status >= 400
  );
  useInterval(canTell ? POLL_MS : undefined, server.reload);
  return (
    <>
      <PageHead
        title="Server"
        lead={server.value && <Lead server={server.value} />}
      >
        <Health />
        <a class="button" href="/docs">
          API docs
        </a>
      </PageHead>
      {server.value !== undefined ? (
        <Details server={server.value} />
      ) : server.error === undefined ? (
        <Loading rows={4} />
      ) : isMissing(server.error) ? (
        <div class="card">
          <Empty icon="server" title="No server details">
            This server does not report its state. Its health is shown above.
          </Empty>
        </div>
      ) : (
        <div class="card">
          <Failure error={server.error} onRetry={server.reload} />
        </div>
      )}
      <Keys />
    </>
  );
}

function Lead({ server }: { server: ServerState }) {
  const upMs = Math.max(0, useNow() - Date.parse(server.started_time));
  return (
    <>
      actiond {server.version}, up for {toDuration(upMs)}
    </>
  );
}

function Details({ server }: { server: ServerState }) {
  return (
    <>
      <ReloadErrors errors={server.reload_errors ?? []} />
      <div class="gauges">
        <Slots
          title="Running"
          count={server.runs.running}
          most={server.runs.max_running}
        />
        <Slots
          title="Queued"
          count={server.runs.queued}
          most={server.runs.max_queued}
        />
        <Numbers title="Store" values={server.store ?? {}} />
        <Numbers title="Child processes" values={server.children ?? {}} />
      </div>
      <Lingering runs={server.lingering ?? []} />
    </>
  );
}
