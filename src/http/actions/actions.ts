/** `GET /api/actions`: what can be run. */
import { t } from "elysia";
import { mayUse } from "../../access/caller.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { countRuns } from "../../run/active/active-counts.ts";
import type { Runner } from "../../run/active/runner.ts";
import type { News } from "../../run/elsewhere/news.ts";
import { isVisible, ownerFilter } from "../../run/view.ts";
import type { Senders } from "../gate/senders.ts";
import { operation } from "../operation.ts";
import { listReplies } from "../page.ts";
import { listReply } from "../reply.ts";
import { actionObject, toActionObject } from "./action-object.ts";

export interface ActionsParts {
  readonly catalog: Pick<Catalog, "list">;
  readonly runner: Runner;
  readonly news: Pick<News, "countActive">;
  readonly senders: Pick<Senders, "prefixOf">;
}

const listActions = operation({
  id: "listActions",
  method: "GET",
  path: "/api/actions",
  need: "read",
  tag: "Actions",
  summary: "List the actions",
  description:
    "Lists every action that can be run, with its limits and the number of its runs whose code is running now. Only admins see the runs of other keys counted.",
  replies: listReplies(
    "The actions in the order of their addresses.",
    t.Array(actionObject),
  ),
  problems: [],
  async handle(
    { request, caller },
    { catalog, runner, news, senders }: ActionsParts,
  ) {
    const prefix = senders.prefixOf(request);
    const counts =
      (await news.countActive(ownerFilter(caller).owner)) ??
      countRuns(runner, (run) => isVisible(caller, run));
    const usable = catalog
      .list()
      .filter((entry) => mayUse(caller, entry.package));
    return listReply(
      usable.map((entry) =>
        toActionObject(entry, { prefix, count: counts.get(entry.address) }),
      ),
      request,
    );
  },
});

export const actionOperations = [listActions];
