/** `GET /api/actions` and `POST /api/actions/{package}/{action}/run`, one route for each action of the catalog. */
import { Elysia } from "elysia";
import { type Caller, mayUse } from "../../access/caller.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import { ServerError } from "../../errors.ts";
import type { RunAcceptor } from "../../run/accept.ts";
import type { ActiveRun } from "../../run/active-run.ts";
import { countRuns } from "../../run/active-counts.ts";
import type { Run, RunStore } from "../../run/run.ts";
import type { Runner } from "../../run/runner.ts";
import { waitForOutcome, waitOrDetach } from "../../run/wait.ts";
import type { Access } from "../gate/access.ts";
import { actionObject, toActionObject } from "./action-object.ts";
import type { AuditTrail } from "../gate/audit.ts";
import { type InputLimit, readInput } from "./body.ts";
import { json, type Schema } from "../openapi/describe.ts";
import { describeRun } from "./describe-run.ts";
import { type RunHeaders, runHeaders, toRunHeaders } from "./headers.ts";
import {
  asyncReturnReply,
  outcomeReply,
  preferenceReply,
  refusalReply,
  replayed,
  replayReply,
} from "../reply.ts";

export interface ActionsParts extends InputLimit {
  readonly access: Access;
  readonly trail?: AuditTrail | undefined;
  readonly catalog: Catalog;
  readonly acceptor: RunAcceptor;
  readonly store: RunStore;
  readonly runner: Runner;
  /** Called when a callback to this host has become due. */
  readonly onOwed: (host: string) => void;
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
        answerRun(request, { ...asked, caller }, entry, parts),
      { parse: "none", detail: describeRun(entry) },
    );
  return runs;
}

async function answerRun(
  request: Request,
  asked: RunHeaders & { readonly caller: Caller },
  entry: Pick<CatalogEntry, "package" | "name">,
  parts: ActionsParts,
): Promise<Response> {
  const wanted = { package: entry.package, action: entry.name, ...asked };
  parts.acceptor.refuseEarly(wanted);
  const input = await readInput(request, parts);
  const accepted = await parts.acceptor.accept({ ...wanted, input });
  const { id } = "finished" in accepted ? accepted.finished : accepted.run;
  parts.trail?.allow("run.start", request, {
    run_id: id,
    action: `${entry.package}/${entry.name}`,
    request_id: asked.requestId === "" ? undefined : asked.requestId,
    result:
      "finished" in accepted || accepted.isRepeat ? "repeated" : "started",
  });
  if ("finished" in accepted) return replayed(replayReply(accepted.finished));
  const { run, recorded, isRepeat } = accepted;
  try {
    if (asked.waitMs === 0 || isRepeat) await recorded;
    if (isRepeat) return replayed(await attach(run, asked, parts));
    if (asked.waitMs > 0) return await wait(request, asked, run, parts);
    return detachedReply(run.id, asked, parts);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    // Only a run that could not be recorded does not exist.
    const isRecorded = await recorded.then(
      () => true,
      () => false,
    );
    return refusalReply(error, isRecorded ? run.id : undefined);
  }
}

/** For the caller the run was accepted for: it is told the outcome, or its callback is. */
async function wait(
  request: Request,
  asked: RunHeaders,
  run: ActiveRun,
  parts: ActionsParts,
): Promise<Response> {
  const { waitMs, callbackUrl, onDisconnect } = asked;
  // Whether the connection holds matters only to who asked for something to be done when it breaks.
  const isWatched = callbackUrl !== null || onDisconnect === "cancel";
  const outcome = await waitOrDetach(
    run,
    { waitMs, onDisconnect, ...(isWatched ? { signal: request.signal } : {}) },
    parts,
  );
  if (outcome === "detached") return detachedReply(run.id, asked, parts);
  return outcomeReply(run.id, outcome);
}

/** For a caller that repeats a request whose run goes on: it may wait, but the run's channel stays what it is. */
async function attach(
  run: ActiveRun,
  asked: RunHeaders,
  parts: ActionsParts,
): Promise<Response> {
  // Who does not wait is told the same, however fast the run is.
  if (asked.waitMs === 0) return detachedReply(run.id, asked, parts);
  const outcome = await waitForOutcome(run, asked.waitMs);
  if (outcome === undefined) return detachedReply(run.id, asked, parts);
  return outcomeReply(run.id, outcome);
}

function detachedReply(
  id: string,
  { preference }: RunHeaders,
  { store }: ActionsParts,
): Response {
  if (preference === undefined) return asyncReturnReply(id);
  return preferenceReply(store.find(id) as Run, preference);
}
