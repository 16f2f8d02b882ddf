/** `GET /api/runs/{id}/events`: the events of one run as a stream that can be resumed. */
import type { Caller } from "../../access/caller.ts";
import type { News } from "../../run/elsewhere/news.ts";
import type { RunStore } from "../../run/store.ts";
import { viewOf } from "../../run/view.ts";
import type { SeenEvent } from "./event-object.ts";
import { FAREWELL, HEARTBEAT, HELLO, SSE_HEADERS, toFrame } from "./frames.ts";
import { type LiveEvents, sizeOf } from "./live-events.ts";
import type { OpenStreams } from "./open-streams.ts";
import type { ReplayParts } from "./replay.ts";
import { followRun, hasMore, LOOK } from "./run-events.ts";
import { Told } from "./told.ts";

export interface RunStreamParts extends ReplayParts {
  readonly store: RunStore;
  readonly live: LiveEvents;
  readonly news: News;
  readonly streams: OpenStreams;
}

/**
 * @returns the stream; 204 for a reader that has been told everything, which lets an `EventSource` rest
 * @throws {ServerError} `run_not_found`, `invalid_header`, `overloaded`
 */
export async function openRunStream(
  id: string,
  { caller, lastEventId }: { caller: Caller; lastEventId: string | undefined },
  parts: RunStreamParts,
): Promise<Response> {
  const { store, live, streams, news } = parts;
  const told =
    lastEventId === undefined || lastEventId === ""
      ? Told.nothing()
      : Told.parse(lastEventId);
  const view = viewOf(caller, store);
  const run = await view.get(id);
  if (!(await hasMore(run, told, parts)))
    return new Response(null, { status: 204 });
  streams.refuseCrowd(caller);
  const queue = streams.queue<SeenEvent | typeof LOOK>(caller, () => {
    stream.drop();
  });
  const listening = live.ofRun(id, (event) => {
    queue.push(event, sizeOf(event));
  });
  const watching = news.watch(id, () => {
    queue.push(LOOK, 0);
  });
  const source = async function* () {
    for await (const event of followRun(id, { ...parts, view, queue, told }))
      yield toFrame(told.id, event);
  };
  const stream = streams.open({
    caller,
    headers: { ...SSE_HEADERS, "x-action-server-run-id": id },
    hello: HELLO,
    heartbeat: HEARTBEAT,
    farewell: FAREWELL,
    source: source(),
    end: () => {
      listening[Symbol.dispose]();
      watching[Symbol.dispose]();
      queue[Symbol.dispose]();
    },
  });
  return stream.response;
}
