/** Live streams of events: resumed after a break, and said to be missing where the server has none. */
import { createEventSource } from "eventsource-client";
import { probe, reportReached } from "./connection.ts";
import type { RunEvent } from "./objects.ts";
import { withKey } from "./request.ts";

/** `missing`: there is no such stream, so whoever wants to know has to ask again and again. */
export type LiveState = "connecting" | "live" | "missing";

export interface LiveOptions {
  readonly onEvent: (event: RunEvent) => void;
  readonly onState: (state: LiveState) => void;
}

/** @returns what closes the stream */
export function openLive(path: string, options: LiveOptions): () => void {
  const { onEvent, onState } = options;
  let isClosed = false;
  const close = () => {
    isClosed = true;
    document.removeEventListener("visibilitychange", follow);
    source.close();
  };
  const source = createEventSource({
    url: new URL(path, location.href),
    headers: withKey(),
    credentials: "omit",
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      reportReached();
      // The client takes every answer for a stream; it tries again after what is thrown.
      if (response.ok) {
        onState("live");
        return response;
      }
      if (!isPassing(response.status)) {
        close();
        onState("missing");
      }
      throw new Error(`The stream was refused with ${response.status}.`);
    },
    onMessage: ({ event, data }) => {
      const members = parseObject(data);
      if (members !== undefined)
        onEvent({ ...members, name: event ?? "message" } as RunEvent);
    },
    onScheduleReconnect: () => {
      if (isClosed) return;
      onState("connecting");
      probe();
    },
  });
  // A browser has six connections to a server for all of its tabs: those that nobody sees leave theirs to the others.
  const follow = () => {
    if (isClosed) return;
    if (document.hidden) source.close();
    else source.connect();
  };
  document.addEventListener("visibilitychange", follow);
  return close;
}

/** Whether the same question may get another answer later. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
