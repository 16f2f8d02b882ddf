/** `/health/live` and `/health/ready`: for whoever decides to restart this process or to send it requests. */
import { t } from "elysia";
import {
  CHECKS,
  lookAtReadiness,
  type ReadinessParts,
} from "../../run/report/readiness.ts";
import { json } from "../openapi/describe.ts";
import { operation } from "../operation.ts";
import { jsonReply, refusalReply } from "../reply.ts";

export interface HealthParts {
  readonly readiness: ReadinessParts;
}

const live = operation({
  id: "live",
  method: "GET",
  path: "/health/live",
  need: "open",
  tag: "Health",
  summary: "Ask whether the process answers",
  replies: {
    200: json("The process answers.", t.Object({ status: t.String() })),
  },
  problems: [],
  handle: () => jsonReply({ status: "live" }),
});

const check = t.Object({ ok: t.Boolean(), detail: t.Optional(t.String()) });

const ready = operation({
  id: "ready",
  method: "GET",
  path: "/health/ready",
  need: "open",
  tag: "Health",
  summary: "Ask whether new runs are accepted",
  description:
    "A problem has the same member `checks`: each check that is not `ok` says why in `detail`.",
  replies: {
    200: json(
      "New runs are accepted.",
      t.Object({
        status: t.String(),
        checks: t.Object(
          Object.fromEntries(CHECKS.map((name) => [name, check])),
        ),
      }),
    ),
  },
  problems: ["shutting_down", "store_unavailable", "overloaded"],
  handle(_, { readiness }: HealthParts) {
    const { troubles, refusal } = lookAtReadiness(readiness);
    const checks = Object.fromEntries(
      CHECKS.map((name) => {
        const trouble = troubles[name];
        return [
          name,
          trouble ? { ok: false, detail: trouble.message } : { ok: true },
        ];
      }),
    );
    return refusal === undefined
      ? jsonReply({ status: "ready", checks })
      : refusalReply(refusal, undefined, { checks });
  },
});

export const healthOperations = [live, ready];
