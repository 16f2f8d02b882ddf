/** `GET /api/events`: the events of every run that the caller sees, from now on. */
import type { Caller } from "../../access/caller.ts";
import { ServerError } from "../../errors.ts";
import type { Status } from "../../run/run.ts";
import { isVisible } from "../../run/view.ts";
import { FAREWELL, HEARTBEAT, HELLO, SSE_HEADERS } from "./frames.ts";
import { LiveQueue } from "./live-queue.ts";
import type { OpenStreams } from "./open-streams.ts";
import type { RecentEvent, RecentEvents } from "./recent-events.ts";
import { MAX_WAITING_BYTES } from "./run-stream.ts";

interface EventFilter {
  readonly statuses?: readonly Status[];
  readonly package?: string;
  readonly action?: string;
}

interface Asked {
  readonly caller: Caller;
  readonly filter: EventFilter;
  readonly lastEventId: string | undefined;
}

interface Parts {
  readonly recent: RecentEvents;
  readonly streams: OpenStreams;
}

/** About what an event takes besides its text. */
const EXTRA_BYTES = 128;

/**
 * A reader that comes back hears what it has missed; where that is no longer known, an event `missed` says so first.
 *
 * @throws {ServerError} `invalid_header`, `overloaded`
 */
export function openAllStream(asked: Asked, parts: Parts): Response {
  const { recent, streams } = parts;
  const { lastEventId = "" } = asked;
  const since = lastEventId === "" ? undefined : parseId(lastEventId);
  streams.refuseCrowd();
  const queue = new LiveQueue<string>(MAX_WAITING_BYTES, () => {
    stream.drop();
  });
  const tell = (event: RecentEvent) => {
    if (!isWanted(event, asked)) return;
    const { seq, name, text } = event;
    const frame = `id: ${recent.epoch}.${seq}\nevent: ${name}\ndata: ${text}\n\n`;
    queue.push(frame, frame.length + EXTRA_BYTES);
  };
  const missed =
    since?.epoch === recent.epoch ? recent.after(since.seq) : undefined;
  const listening = recent.listen(tell);
  if (since !== undefined && missed === undefined) {
    const data = JSON.stringify({ time: new Date().toISOString() });
    const frame = `id: ${recent.epoch}.${recent.lastSeq}\nevent: missed\ndata: ${data}\n\n`;
    queue.push(frame, frame.length);
  }
  const stream = streams.open({
    headers: SSE_HEADERS,
    hello: HELLO,
    heartbeat: HEARTBEAT,
    farewell: FAREWELL,
    source: drain(queue),
    end: () => {
      listening[Symbol.dispose]();
      queue[Symbol.dispose]();
    },
  });
  for (const event of missed ?? []) tell(event);
  return stream.response;
}

async function* drain(queue: LiveQueue<string>): AsyncGenerator<string> {
  for (;;) {
    const frames = await queue.take();
    if (frames.length === 0) return;
    yield frames.join("");
  }
}

function isWanted(event: RecentEvent, { caller, filter }: Asked): boolean {
  const { statuses, package: packageName, action } = filter;
  if (packageName !== undefined && event.package !== packageName) return false;
  if (action !== undefined && event.action !== action) return false;
  if (statuses !== undefined && !isOfStatus(event, statuses)) return false;
  return isVisible(caller, event);
}

function isOfStatus({ status }: RecentEvent, statuses: readonly Status[]) {
  if (status !== undefined) return statuses.includes(status);
  return statuses.some((each) => each !== "queued" && each !== "running");
}

function parseId(id: string): { epoch: string; seq: number } {
  const [, epoch, seq] = /^([0-9a-z]{1,11})\.(\d{1,15})$/.exec(id) ?? [];
  if (epoch !== undefined && seq !== undefined)
    return { epoch, seq: Number(seq) };
  throw new ServerError(
    "invalid_header",
    `last-event-id must be the id of an event of this stream, not ${JSON.stringify(id)}.`,
  );
}
