/** What other replicas do to runs, heard by notices and seen by looking: a notice may be lost, a look is late. */
import type { Log } from "../../../log.ts";
import type { Count } from "../../../run/active/active-counts.ts";
import type { News } from "../../../run/elsewhere/news.ts";
import type { Run, RunId } from "../../../run/run.ts";
import type { RunStore } from "../../../run/store.ts";
import type { Reader } from "../connect/reader.ts";
import { Client } from "../connect/client.ts";
import type { Target } from "../connect/target.ts";
import { sendNotices } from "./bell.ts";
import { type Following, SAY_MS } from "./following.ts";
import type { SharedTurns } from "./shared-turns.ts";

/** How often is looked at what somebody waits for. */
const LOOK_MS = 1000;
/** How often where notices do not arrive, such as behind a pooler. */
const DEAF_LOOK_MS = 100;
/** How long a notice to oneself may take. */
const ECHO_MS = 3000;
/** How often each replica looks for callbacks that are due. */
const OWED_MS = 5000;

const STATUSES = `select r.id, r.status from "actiond".runs r where r.id = any($1::uuid[])`;
const FIRST_FINISHED = 2;
const COUNT = `
select r.package || '/' || r.action, count(*) filter (where r.status = 1)::int, count(*) filter (where r.status >= 2)::int
from "actiond".runs r where (r.status = 1 or r.holding) and r.holding and ($1::text is null or r.owner = $1)
group by r.package, r.action`;

interface Parts {
  /** Where to listen. */
  readonly target: Target;
  readonly channel: string;
  readonly reader: Pick<Reader, "ask">;
  readonly store: Pick<RunStore, "find">;
  readonly turns: SharedTurns;
  readonly following: Following;
  /** Sends a notice to oneself. */
  readonly ringing: Pick<Client, "query">;
  readonly log: Log;
}

export class SharedNews implements News, AsyncDisposable {
  readonly #parts: Parts;
  readonly #waiting = new Map<RunId, Set<() => void>>();
  readonly #watching = new Map<RunId, Set<() => void>>();
  readonly #onEnded = new Set<(run: Run) => void>();
  readonly #onLost = new Set<() => void>();
  readonly #onOwed = new Set<() => void>();
  readonly #onWrite = new Set<() => void>();
  readonly #client: Client;
  #timer: NodeJS.Timeout | undefined;
  #owedTimer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#client = new Client(parts.target);
  }

  /** Begins to listen, and finds out whether notices arrive. */
  async start(): Promise<void> {
    const isHeard = await this.#listen().catch(() => false);
    if (this.#isClosed) return;
    if (!isHeard) {
      await this.#client[Symbol.asyncDispose]();
      this.#parts.log.warn(
        `Notifications of the database do not arrive, probably because of a pooler: this replica polls every ${DEAF_LOOK_MS} ms instead. Give a URL that bypasses the pooler with --database-listen-url.`,
      );
    }
    this.#timer = setInterval(
      () => {
        void this.#look();
        if (!isHeard) this.#parts.turns.claim();
      },
      isHeard ? LOOK_MS : DEAF_LOOK_MS,
    );
    this.#lookForOwed();
  }

  untilEnded(id: RunId, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        taken();
        signal.removeEventListener("abort", end);
        resolve();
      };
      const taken = addTo(this.#waiting, id, end);
      signal.addEventListener("abort", end);
      if (signal.aborted) end();
      // It may have ended since it was looked at.
      else void this.#see([id]);
    });
  }

  watch(id: RunId, listener: () => void): Disposable {
    const { following, turns } = this.#parts;
    // What happens to a run that is carried here is heard here.
    const say = () => {
      if (turns.find(id)?.isHeld !== true) following.say(id);
    };
    say();
    const timer = setInterval(say, SAY_MS);
    const remove = addTo(this.#watching, id, listener);
    return {
      [Symbol.dispose]: () => {
        clearInterval(timer);
        remove();
      },
    };
  }

  /** Calls `listener` when something may have happened to any run, and now and then. */
  onWrite(listener: () => void): Disposable {
    return listen(this.#onWrite, listener);
  }

  async countActive(
    owner: string | undefined,
  ): Promise<ReadonlyMap<string, Readonly<Count>>> {
    const rows = await this.#parts.reader.ask(COUNT, [owner ?? null]);
    return new Map(
      rows.map((row) => {
        const [address, running, lingering] = row as [string, number, number];
        return [address, { running, lingering }];
      }),
    );
  }

  onEnded(listener: (run: Run) => void): Disposable {
    return listen(this.#onEnded, listener);
  }

  onLost(listener: () => void): Disposable {
    return listen(this.#onLost, listener);
  }

  onOwed(listener: () => void): Disposable {
    return listen(this.#onOwed, listener);
  }

  /** This replica is about to end: those who wait hear what is known now, and can ask another one. */
  endWaits(): void {
    for (const waiting of this.#waiting.values())
      for (const end of waiting) end();
  }

  /** This replica may be taken for dead. */
  lose(): void {
    for (const listener of this.#onLost) listener();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#owedTimer);
    await this.#client[Symbol.asyncDispose]();
  }

  /** @returns whether a notice to oneself arrived */
  async #listen(): Promise<boolean> {
    const { channel, ringing } = this.#parts;
    const echo = `e${Bun.randomUUIDv7()}`;
    const { promise: heard, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => {
      resolve(false);
    }, ECHO_MS);
    const listening = this.#client.listen(
      channel,
      (payload) => {
        if (payload === echo) resolve(true);
        else this.#hear(payload);
      },
      () => {
        // What happened while the connection was away was not heard.
        void this.#look();
        this.#parts.turns.claim();
      },
    );
    try {
      await Promise.race([listening, heard]);
      await sendNotices(ringing, channel, [echo]);
      return await heard;
    } finally {
      clearTimeout(timer);
    }
  }

  #hear(payload: string): void {
    const { turns, following } = this.#parts;
    for (const notice of payload.split(" ")) {
      const about = notice.slice(1);
      switch (notice.charAt(0)) {
        case "f":
          this.#end(about);
          break;
        case "s":
          this.#poke(about);
          break;
        case "c":
          if (turns.find(about) !== undefined) void this.#see([about]);
          break;
        case "q":
          turns.claim(about === "" ? null : about);
          break;
        case "n":
          turns.count();
          break;
        case "d":
          tell(this.#onOwed);
          break;
        case "w":
          following.hear(about);
          break;
        case "e":
          tell(this.#onWrite);
          break;
        default:
        // What a newer version tells is not known here.
      }
    }
  }

  /** A run has ended, wherever. */
  #end(id: RunId): void {
    for (const end of this.#waiting.get(id) ?? []) end();
    this.#poke(id);
    if (!this.#parts.turns.endElsewhere(id)) void this.#stop(id);
  }

  #poke(id: RunId): void {
    tell(this.#watching.get(id) ?? []);
    tell(this.#onWrite);
  }

  /** Where the code of the run is called here, it has to end. */
  async #stop(id: RunId): Promise<void> {
    const { turns, store } = this.#parts;
    if (turns.find(id)?.isHeld !== true) return;
    const run = await store.find(id).catch(() => undefined);
    if (run === undefined) return;
    for (const listener of this.#onEnded) listener(run);
  }

  /** Looks at everything that somebody waits for, and at everything that is carried here. */
  async #look(): Promise<void> {
    if (this.#isLooking || this.#isClosed) return;
    this.#isLooking = true;
    tell(this.#onWrite);
    for (const id of this.#watching.keys()) this.#poke(id);
    await this.#see([...this.#waiting.keys(), ...this.#parts.turns.ids]);
    this.#isLooking = false;
  }

  async #see(ids: readonly RunId[]): Promise<void> {
    if (ids.length === 0) return;
    try {
      for (const [id, status] of await this.#parts.reader.ask(STATUSES, [ids]))
        if (Number(status) >= FIRST_FINISHED) this.#end(id as RunId);
    } catch {
      // The next look sees it.
    }
  }

  #lookForOwed(): void {
    // Replicas that start together look one after the other.
    const pause = OWED_MS * (0.75 + 0.5 * Math.random());
    this.#owedTimer = setTimeout(() => {
      tell(this.#onOwed);
      this.#lookForOwed();
    }, pause);
  }
}

function tell(listeners: Iterable<() => void>): void {
  for (const listener of listeners) listener();
}

function listen<Listener>(
  listeners: Set<Listener>,
  listener: Listener,
): Disposable {
  listeners.add(listener);
  return {
    [Symbol.dispose]: () => {
      listeners.delete(listener);
    },
  };
}

/** @returns what takes it away again */
function addTo(
  map: Map<RunId, Set<() => void>>,
  id: RunId,
  listener: () => void,
): () => void {
  const listeners = map.get(id) ?? new Set();
  map.set(id, listeners.add(listener));
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && map.get(id) === listeners) map.delete(id);
  };
}
