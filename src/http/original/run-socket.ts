/**
 * One connection of `/api/ws`, in the messages of Sema4.ai's Action Server: objects with an `event` and perhaps `data`.
 * It follows runs as `/api/events` does, with the same limits.
 */
import type { Caller } from "../../access/caller.ts";
import type { ByteBudget } from "../../byte-budget.ts";
import { ServerError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { RunStore } from "../../run/store.ts";
import { viewOf } from "../../run/view.ts";
import { pause } from "../../time-slice.ts";
import { openAllStream } from "../events/all-stream.ts";
import type { EventFeed } from "../events/event-feed.ts";
import type { OpenStreams } from "../events/open-streams.ts";
import type { Socket, SocketListener } from "../gate/senders.ts";
import { type RunObject, toRunObject } from "../runs/run-object.ts";

export interface RunSocketParts {
  readonly store: RunStore;
  readonly feed: EventFeed;
  readonly streams: OpenStreams;
  /** The memory that what waits for readers may take. */
  readonly held: ByteBudget;
  readonly log: Log;
}

interface Served extends RunSocketParts {
  readonly caller: Caller;
  /** What `GET /api/actionPackages` answers. */
  readonly listPackages: () => unknown;
  /** Calls `listener` when other actions are served, until what it returns is disposed of. */
  readonly onReload: (listener: () => void) => Disposable;
}

/** Messages that wait for the reader, or are being answered: whoever sends more does not read. */
const MAX_WAITING = 32;
/** The newest runs that are told at first, as in the original, and the bytes that they may have together. */
const RUN_COUNT = 200;
const RUN_BYTES = 4 * 1024 ** 2;
/** RFC 6455 section 7.4.1, and the registry that it opens. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;
/** What an event of a run changes of it, for those who know the run. */
const CHANGED: Readonly<Record<string, readonly (keyof RunObject)[]>> = {
  started: ["status", "start_time"],
  finished: ["status", "run_time", "result", "error_message"],
};

export class RunSocket implements SocketListener {
  readonly #parts: Served;
  readonly #closing = new AbortController();
  #socket: Socket | undefined;
  #reloads: Disposable | undefined;
  #isFollowing = false;
  #waitingCount = 0;
  /** Of a stream, which this one is like. */
  readonly #place: Disposable;

  /** @throws {ServerError} `overloaded`, `rate_limited` when there are too many streams */
  constructor(parts: Served) {
    this.#parts = parts;
    this.#place = parts.streams.enter(parts.caller);
  }

  open(socket: Socket): void {
    this.#socket = socket;
    this.#reloads = this.#parts.onReload(() => {
      void this.#emit("mtime_changed", []);
    });
  }

  message(text: string): void {
    const message = parse(text);
    if (message === undefined) return;
    const { event, data } = message;
    if (event === "echo") void this.#emit("echo", data);
    if (event === "request") void this.#answer(data);
    if (event !== "start_listen_run_events" || this.#isFollowing) return;
    this.#isFollowing = true;
    // From here on the stream of events has one.
    this.#place[Symbol.dispose]();
    this.#follow().catch((error: unknown) => {
      this.#giveUp(error);
    });
  }

  closed(): void {
    this.#closing.abort();
    this.#place[Symbol.dispose]();
    this.#reloads?.[Symbol.dispose]();
  }

  async #answer(data: unknown): Promise<void> {
    const { method, url, message_id } = (data ?? {}) as Record<string, unknown>;
    if (method !== "GET" || url !== "/api/actionPackages") return;
    const list = this.#parts.listPackages;
    await this.#emit("response", () => ({ message_id, result: list() }));
  }

  async #follow(): Promise<void> {
    const { caller, store } = this.#parts;
    const filter = {};
    const asked = { caller, filter, lastEventId: undefined };
    const { body } = await openAllStream(asked, this.#parts);
    const view = viewOf(caller, store);
    const { runs } = await view.list({ limit: RUN_COUNT, maxBytes: RUN_BYTES });
    await this.#emit("runs_collected", runs.map(toRunObject));
    const newest = runs[0]?.numberedId ?? 0;
    for await (const { event, id } of readFrames(body, this.#closing.signal)) {
      const members = CHANGED[event];
      if (event !== "accepted" && members === undefined) continue;
      const found = await view.find(id);
      if (found === undefined) continue;
      const run = toRunObject(found);
      if (members === undefined) {
        if (run.numbered_id > newest) await this.#emit("run_added", { run });
        continue;
      }
      const changes = Object.fromEntries(
        members.map((member) => [member, run[member]]),
      );
      await this.#emit("run_changed", { run_id: id, changes });
    }
    this.#socket?.close(GOING_AWAY, "The events end here. Connect again.");
  }

  #giveUp(error: unknown): void {
    if (error instanceof ServerError) {
      // The reason of a close has at most 123 bytes: RFC 6455 section 5.5.
      this.#socket?.close(TRY_AGAIN_LATER, error.code);
      return;
    }
    this.#parts.log.error("A WebSocket could not be served.", { error });
    this.#socket?.close(GOING_AWAY, "internal");
  }

  /** @param data or what makes it */
  async #emit(event: string, data: unknown): Promise<void> {
    if (this.#waitingCount >= MAX_WAITING) {
      this.#socket?.close(POLICY_VIOLATION, "Read what was sent before.");
      return;
    }
    this.#waitingCount += 1;
    try {
      await pause();
      const told: unknown = typeof data === "function" ? data() : data;
      const message = told === undefined ? { event } : { event, data: told };
      const text = JSON.stringify(message);
      const { held, caller } = this.#parts;
      using hold = held.tryTake(caller.keyId, text.length);
      if (hold === undefined)
        this.#socket?.close(TRY_AGAIN_LATER, "overloaded");
      else await this.#socket?.send(text);
    } finally {
      this.#waitingCount -= 1;
    }
  }
}

/** @returns undefined for what the original does not understand either, which it says in its log alone */
function parse(text: string): { event: string; data?: unknown } | undefined {
  try {
    const message = JSON.parse(text) as { event?: unknown } | null;
    return typeof message?.event === "string"
      ? (message as { event: string })
      : undefined;
  } catch {
    return undefined;
  }
}

/** Reads server-sent events, each of which comes whole. */
async function* readFrames(
  body: ReadableStream<Uint8Array> | null,
  signal: AbortSignal,
): AsyncGenerator<{ event: string; id: string }> {
  const reader = body?.getReader();
  const cancel = () => void reader?.cancel();
  signal.addEventListener("abort", cancel);
  if (signal.aborted) cancel();
  const decoder = new TextDecoder();
  for (;;) {
    const { value, done = true } = (await reader?.read()) ?? {};
    if (done) return;
    for (const frame of decoder.decode(value).split("\n\n")) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/m.exec(frame) ?? [];
      if (event === undefined || data === undefined) continue;
      const { run_id: id = "" } = JSON.parse(data) as { run_id?: string };
      yield { event, id };
    }
  }
}
