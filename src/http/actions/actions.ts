/** `GET /api/actions` and `POST /api/actions/{package}/{action}/run`, one route for each action of the catalog. */
import { Elysia } from "elysia";
import { type Caller, mayUse } from "../../access/caller.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { ServerError } from "../../errors.ts";
import type { RunAcceptor } from "../../run/accept.ts";
import { type Answer, ask } from "../../run/ask.ts";
import { countRuns } from "../../run/active/active-counts.ts";
import type { RunEvents } from "../../run/events.ts";
import type { Run } from "../../run/run.ts";
import type { RunStore } from "../../run/store.ts";
import type { Runner } from "../../run/active/runner.ts";
import type { Access } from "../gate/access.ts";
import { actionObject, toActionObject } from "./action-object.ts";
import { type InputLimit, readInput } from "./body.ts";
import { json, type Schema } from "../openapi/describe.ts";
import { describeRun } from "./describe-run.ts";
import { type RunHeaders, runHeaders, toRunHeaders } from "./headers.ts";
import {
  asyncReturnReply,
  outcomeReply,
  preferenceReply,
  replayed,
} from "../reply.ts";

export interface ActionsParts extends InputLimit {
  readonly access: Access;
  readonly catalog: Catalog;
  readonly acceptor: RunAcceptor;
  readonly store: RunStore;
  readonly runner: Runner;
  readonly events: RunEvents;
  readonly maxWaitMs: number;
}

export function actions(parts: ActionsParts) {
  const app = new Elysia({ prefix: "/api/actions" }).use(parts.access).get(
    "",
    ({ caller }) => {
      const counts = countRuns(parts.runner);
      return parts.catalog
        .list()
        .filter((entry) => mayUse(caller, entry.package))
        .map((entry) => toActionObject(entry, counts.get(entry.address)));
    },
    {
      detail: {
        summary: "List actions",
        description:
          "Every package and action that can be run, its limits, and how many runs of each are in their code now.",
        tags: ["Actions"],
        operationId: "listActions",
        responses: {
          200: json("In order of address", {
            type: "array",
            items: JSON.parse(JSON.stringify(actionObject)) as Schema,
          }),
        },
      },
    },
  );
  app.post(
    "/:package/:action/run",
    ({ params }) => {
      throw new ServerError(
        "action_not_found",
        `There is no action "${params.package}/${params.action}". GET /api/actions lists those there are.`,
      );
    },
    { parse: "none", detail: { hide: true } },
  );
  const runs = app
    .guard({ headers: runHeaders })
    .resolve(({ headers }) => ({ asked: toRunHeaders(headers, parts) }));
  for (const entry of parts.catalog.list())
    runs.post(
      `/${entry.package}/${entry.name}/run`,
      ({ request, asked, caller }) =>
        answerRun(
          request,
          { ...asked, caller },
          { package: entry.package, action: entry.name },
          parts,
        ),
      { parse: "none", detail: describeRun(entry) },
    );
  return runs;
}

async function answerRun(
  request: Request,
  asked: RunHeaders & { readonly caller: Caller },
  name: { readonly package: string; readonly action: string },
  parts: ActionsParts,
): Promise<Response> {
  const wanted = { ...name, ...asked };
  parts.acceptor.refuseEarly(wanted);
  const input = await readInput(request, parts);
  const answer = await ask({ ...wanted, input, connection: request }, parts);
  const reply = await toReply(answer, asked, parts);
  return answer.isRepeat ? replayed(reply) : reply;
}

async function toReply(
  answer: Answer,
  { preference }: RunHeaders,
  { store }: ActionsParts,
): Promise<Response> {
  const { runId } = answer;
  if (answer.kind === "outcome") return outcomeReply(runId, answer.outcome);
  if (preference === undefined) return asyncReturnReply(runId);
  return preferenceReply((await store.find(runId)) as Run, preference);
}
