/** `/health/live` and `/health/ready`: for whoever decides to restart this process or to send it requests. */
import { t } from "elysia";
import { type RunAcceptor, shuttingDown } from "../../run/accept.ts";
import { json } from "../openapi/describe.ts";
import { operation } from "../operation.ts";
import { jsonReply } from "../reply.ts";

export interface HealthParts {
  readonly acceptor: Pick<RunAcceptor, "isClosed">;
}

const status = t.Object({ status: t.String() });

const live = operation({
  id: "live",
  method: "GET",
  path: "/health/live",
  need: "open",
  tag: "Health",
  summary: "Ask whether the process answers",
  replies: { 200: json("The process answers.", status) },
  problems: [],
  handle: () => jsonReply({ status: "live" }),
});

const ready = operation({
  id: "ready",
  method: "GET",
  path: "/health/ready",
  need: "open",
  tag: "Health",
  summary: "Ask whether new runs are accepted",
  replies: { 200: json("New runs are accepted.", status) },
  problems: ["shutting_down"],
  handle(_, { acceptor }: HealthParts) {
    if (acceptor.isClosed) throw shuttingDown();
    return jsonReply({ status: "ready" });
  },
});

export const healthOperations = [live, ready];
