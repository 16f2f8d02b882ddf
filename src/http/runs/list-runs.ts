/** `GET /api/runs`: a page of the runs that the caller sees. */
import { t } from "elysia";
import type { Run } from "../../run/run.ts";
import type { RunStore } from "../../run/store.ts";
import { viewOf } from "../../run/view.ts";
import { RUN_MEMBERS } from "../openapi/describe.ts";
import { operation } from "../operation.ts";
import { pageReplies, pageParameters, pageReply, toPage } from "../page.ts";
import { runFilter, toRunFilter } from "./run-filter.ts";
import { membersParameter, pickMembers, toMembers } from "./run-members.ts";
import { type RunObject, toRunObject } from "./run-object.ts";

/** The bytes of inputs and results on a page: a thousand runs may have tens of gigabytes of them. */
const MAX_PAGE_BYTES = 16 * 1024 ** 2;
/** The input of a run never changes, and its result only with its status. */
const toVersion = (run: Run) => ({ ...run, input: null, result: null });
/** What is read from the disk only where it is asked for. */
const LARGE = ["inputs", "result"] as const satisfies (keyof RunObject)[];

export const listRuns = operation({
  id: "listRuns",
  method: "GET",
  path: "/api/runs",
  need: "read",
  tag: "Runs",
  summary: "List runs",
  description:
    'Lists the newest runs first. While there are more, the `link` header has the next page (`rel="next"`). A page ends early if its runs have more than 16 MiB of inputs and results, which `fields` can leave out.',
  query: t.Object({
    ...pageParameters,
    ...runFilter,
    fields: membersParameter,
  }),
  replies: pageReplies("The runs.", { type: "array", items: RUN_MEMBERS }),
  problems: ["invalid_parameter"],
  async handle(
    { query, request, caller },
    { store }: { readonly store: RunStore },
  ) {
    const members = toMembers(query.fields);
    const { runs, hasMore } = await viewOf(caller, store).list({
      ...toPage(query),
      ...toRunFilter(query),
      maxBytes: MAX_PAGE_BYTES,
      isLean: !LARGE.some((name) => members.includes(name)),
    });
    const toObject = (run: Run) => pickMembers(toRunObject(run), members);
    return pageReply(runs, { hasMore, request, toObject, toVersion });
  },
});
