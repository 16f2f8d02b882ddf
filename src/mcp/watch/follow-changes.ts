/** Tells a connected client what has changed: the lists, and the runs to which it has subscribed. */
import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type Server,
} from "@modelcontextprotocol/server";
import type { Caller } from "../../access/caller.ts";
import { isVisible, viewOf } from "../../run/view.ts";
import { findResourceAction } from "../tools/action-resources.ts";
import type { McpParts } from "../parts.ts";
import { RUNS_URI, toRunId, toRunUri } from "./run-resources.ts";
import { watchStates } from "./watch-states.ts";

/** What one session may subscribe to: so many resources, with names of so many characters. */
const MAX_SUBSCRIBED = 1000;
const MAX_URI_LENGTH = 2048;

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
    const { uri } = params;
    if (uri.length > MAX_URI_LENGTH || !(await isKnown(uri)))
      throw new ResourceNotFoundError(uri.slice(0, MAX_URI_LENGTH));
    if (subscribed.size >= MAX_SUBSCRIBED && !subscribed.has(uri))
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `A session may subscribe to at most ${MAX_SUBSCRIBED} resources.`,
      );
    subscribed.add(uri);
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
