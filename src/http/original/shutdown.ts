/** `POST /api/shutdown/`: stops the server, where whoever started it allows that. */
import { ServerError } from "../../errors.ts";
import { json } from "../openapi/describe.ts";
import { operation } from "../operation.ts";
import { jsonReply } from "../reply.ts";

export interface ShutdownParts {
  /** Undefined: only signals stop the server. */
  readonly shutDown?: (() => void) | undefined;
}

export const shutDown = operation({
  id: "shutDown",
  method: "POST",
  path: "/api/shutdown/",
  need: "admin",
  event: "server.stop",
  tag: "Server",
  summary: "Stop the server",
  description:
    "Stops the server as SIGTERM does: running runs have the time of `--drain` to end. It is answered 404 unless the server was started with `--allow-shutdown`.",
  replies: { 200: json("The server is stopping.", { type: "null" }) },
  problems: ["route_not_found"],
  handle(_, { shutDown: stop }: ShutdownParts) {
    if (stop === undefined)
      throw new ServerError(
        "route_not_found",
        "This server can only be stopped by a signal. Start it with --allow-shutdown to let requests stop it.",
      );
    stop();
    return jsonReply(null);
  },
});
