/** Tells a connected client what has changed: the lists, and the runs to which it has subscribed. */
import {
  ResourceNotFoundError,
  type Server,
} from "@modelcontextprotocol/server";
import type { Caller } from "../../access/caller.ts";
import { isVisible, viewOf } from "../../run/view.ts";
import { findResourceAction } from "../tools/action-resources.ts";
import type { McpParts } from "../parts.ts";
import { RUNS_URI, toRunId, toRunUri } from "./run-resources.ts";
import { watchStates } from "./watch-states.ts";

export function followChanges(
  server: Server,
  parts: McpParts & { readonly caller: Caller },
): Disposable {
  const { caller, catalog, events, store, log } = parts;
  const subscribed = new Set<string>();
  const isKnown = async (uri: string) => {
    const id = toRunId(uri);
    if (id !== undefined)
      return (await viewOf(caller, store).find(id)) !== undefined;
    return (
      uri === RUNS_URI ||
      findResourceAction(uri, { caller, parts }) !== undefined
    );
  };
  server.setRequestHandler("resources/subscribe", async ({ params }) => {
    if (!(await isKnown(params.uri)))
      throw new ResourceNotFoundError(params.uri);
    subscribed.add(params.uri);
    return {};
  });
  server.setRequestHandler("resources/unsubscribe", ({ params }) => {
    subscribed.delete(params.uri);
    return {};
  });
  // A client that has gone needs no news.
  const tell = (sent: Promise<void>) => {
    sent.catch((error: unknown) => {
      log.debug("A client was not told of a change.", { error });
    });
  };
  const stack = new DisposableStack();
  stack.use(
    catalog.onChange(() => {
      tell(server.sendToolListChanged());
      tell(server.sendPromptListChanged());
      tell(server.sendResourceListChanged());
    }),
  );
  stack.use(
    watchStates(events, (run) => {
      const uri = toRunUri(run.id);
      if (subscribed.has(uri) && isVisible(caller, run))
        tell(server.sendResourceUpdated({ uri }));
    }),
  );
  return stack;
}
