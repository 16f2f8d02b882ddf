/** `GET /api/runs/{id}/logs`: what a run has logged, as lines of JSON or for people, and what it logs from now on. */
import type { EventOf } from "../../run/events.ts";
import { isLineEntry } from "../../run/kept-log/entry.ts";
import type { LogLine } from "../../run/kept-log/line.ts";
import type { Caller } from "../../access/caller.ts";
import type { Run } from "../../run/run.ts";
import { sizeOf } from "./live-events.ts";
import type { LiveQueue } from "./live-queue.ts";
import { readEntries } from "./replay.ts";
import { LOOK } from "./run-events.ts";
import type { RunStreamParts } from "./run-stream.ts";

export interface LogQuestion {
  /** Whether lines that come later are told until the run has its outcome. */
  readonly isFollowed: boolean;
  /** For people, instead of JSON. */
  readonly isText: boolean;
  /** Lines up to this number are left out. */
  readonly after: number;
}

/** How much is sent in one piece. */
const PIECE_LENGTH = 64 * 1024;

type Ended = EventOf<"log"> | EventOf<"finished">;

/** @throws {ServerError} `overloaded` */
export function openLogReply(
  run: Run,
  { caller, ...question }: LogQuestion & { readonly caller: Caller },
  parts: RunStreamParts,
): Response {
  const { live, news, streams } = parts;
  const isFollowed = question.isFollowed && run.finishedAt === null;
  streams.refuseCrowd(caller);
  const queue = streams.queue<Ended | typeof LOOK>(caller, () => {
    stream.drop();
  });
  const listening = isFollowed
    ? live.ofRun(run.id, (event) => {
        if (event.kind === "log" || event.kind === "finished")
          queue.push(event, sizeOf(event));
      })
    : undefined;
  const watching = isFollowed
    ? news.watch(run.id, () => {
        queue.push(LOOK, 0);
      })
    : undefined;
  const stream = streams.open({
    caller,
    headers: {
      "content-type": question.isText
        ? "text/plain; charset=utf-8"
        : "application/x-ndjson",
      "x-action-server-run-id": run.id,
    },
    source: tellLog(run.id, { ...question, isFollowed }, { ...parts, queue }),
    end: () => {
      listening?.[Symbol.dispose]();
      watching?.[Symbol.dispose]();
      queue[Symbol.dispose]();
    },
  });
  return stream.response;
}

async function* tellLog(
  id: string,
  { isFollowed, isText, after }: LogQuestion,
  parts: RunStreamParts & { queue: LiveQueue<Ended | typeof LOOK> },
): AsyncGenerator<string> {
  let last = after;
  let mayGoOn = isFollowed;
  for (;;) {
    let piece = "";
    for await (const { seq, text } of readEntries(id, last, parts.logs)) {
      last = seq;
      if (!isLineEntry(text)) continue;
      piece += isText
        ? toLogText(JSON.parse(text) as ShownLine)
        : number(text, seq);
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = "";
    }
    if (piece !== "") yield piece;
    if (!mayGoOn) return;
    // It may have ended before it was listened to: then there is one more look.
    const now = await parts.store.find(id);
    mayGoOn = now !== undefined && now.finishedAt === null;
    let isLive = mayGoOn;
    while (isLive) {
      const events = await parts.queue.take();
      if (events.length === 0) return;
      // What is logged elsewhere is read from the store, and so on from there.
      isLive = !events.includes(LOOK);
      if (!isLive) break;
      for (const event of events) {
        if (event === LOOK || event.kind === "finished") return;
        if (event.seq <= last) continue;
        last = event.seq;
        const shown = {
          time: new Date(event.lineAt).toISOString(),
          ...event.line,
        };
        yield isText
          ? toLogText(shown)
          : number(JSON.stringify(shown), event.seq);
      }
    }
  }
}

export type ShownLine = LogLine & { readonly time: string };

/** Puts the number of an entry in front of its other members. */
function number(text: string, seq: number): string {
  return `{"seq":${seq},${text.slice(1)}\n`;
}

/** @returns the line for people, with its line end */
export function toLogText({
  time,
  level,
  message,
  fields,
  stack,
}: ShownLine): string {
  const more = fields === undefined ? "" : ` ${JSON.stringify(fields)}`;
  const below = stack === undefined ? "" : `\n${stack}`;
  const indented = `${message}${more}${below}`.replaceAll("\n", "\n  ");
  return `${time} ${level.toUpperCase().padEnd(5)} ${indented}\n`;
}
