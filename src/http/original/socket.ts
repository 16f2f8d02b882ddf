/** `GET /api/ws`: runs as they are added and change, over a WebSocket, as Sema4.ai's Action Server tells them. */
import type { LiveCatalog } from "../../catalog/live-catalog.ts";
import { ServerError } from "../../errors.ts";
import type { Senders } from "../gate/senders.ts";
import { operation } from "../operation.ts";
import { emptyReply } from "../reply.ts";
import { toPackages } from "./original.ts";
import { RunSocket, type RunSocketParts } from "./run-socket.ts";

export interface SocketParts extends RunSocketParts {
  readonly catalog: Pick<LiveCatalog, "list" | "onChange">;
  readonly senders: Pick<Senders, "listener">;
}

export const openSocket = operation({
  id: "openSocket",
  method: "GET",
  path: "/api/ws",
  need: "read",
  tag: "Runs",
  summary: "Follow runs over a WebSocket, as in Sema4.ai's Action Server",
  description:
    'Messages are objects with an `event` and `data`. `{"event": "start_listen_run_events"}` is answered with `runs_collected`, the newest runs, and then with `run_added` and `run_changed` as they happen. Every message `mtime_changed` says that other actions are served.',
  replies: { 101: { description: "The connection is a WebSocket." } },
  problems: ["invalid_header", "overloaded", "rate_limited"],
  handle({ request, caller }, parts: SocketParts) {
    const { catalog, senders } = parts;
    const socket = new RunSocket({
      ...parts,
      caller,
      listPackages: () => toPackages(catalog, caller),
      onReload: (listener) => catalog.onChange(listener),
    });
    if (senders.listener?.upgrade(request, socket) !== true) {
      socket.closed();
      throw new ServerError(
        "invalid_header",
        "This path speaks WebSocket (RFC 6455). Send upgrade: websocket, or use GET /api/events.",
      );
    }
    // The listener has replied by now.
    return emptyReply();
  },
});
