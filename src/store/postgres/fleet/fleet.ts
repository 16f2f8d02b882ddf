/** This replica's part in the fleet: it beats, claims runs, hears of the others, and leaves. */
import type { CatalogEntry } from "../../../catalog/catalog-entry.ts";
import type { Log } from "../../../log.ts";
import type { News } from "../../../run/elsewhere/news.ts";
import type { Run } from "../../../run/run.ts";
import type { EventStore } from "../../../run/kept-log/event-store.ts";
import type { RunStore } from "../../../run/store.ts";
import type { KeyShare } from "../../../queue/key-share.ts";
import type { Place, Turns } from "../../../queue/turns.ts";
import type { PostgresStore } from "../open.ts";
import { createRunStore } from "../runs.ts";
import { Client } from "../connect/client.ts";
import type { Target } from "../connect/target.ts";
import { Beats, type BeatMessage } from "./lease/beats.ts";
import { Bell, channelOf } from "./bell.ts";
import { Following } from "./following.ts";
import { SharedEvents } from "./shared-events.ts";
import { SharedNews } from "./shared-news.ts";
import { shareRuns } from "./shared-runs.ts";
import { SharedTurns } from "./shared-turns.ts";

/** Milliseconds. */
interface Options {
  /** Where to listen; the database itself when omitted. */
  readonly listenTarget?: Target | undefined;
  /** How long a replica may be silent before the others take it for dead. */
  readonly leaseMs: number;
  /** How long its event loop may stand still before it is silent. */
  readonly stallMs: number;
  readonly max: { running: number; queued: number; children: number };
  /** URL of `beat-thread.ts`: only the program's first file can name it in the executable too. */
  readonly thread: string;
  readonly log: Log;
}

export interface Fleet extends AsyncDisposable {
  readonly runs: RunStore;
  readonly events: EventStore;
  readonly turns: Turns;
  readonly news: News;
  /** Why this replica may not work now; undefined when it may. */
  readonly trouble: string | undefined;
  /** How many replicas there are, this one included. */
  readonly livingCount: number;
  /** Takes over the actions that there are now. */
  follow(entries: readonly CatalogEntry[]): void;
  /** Begins to claim runs. For the parameters, see `SharedTurns`. */
  start(
    onArrival: (run: Run, place: Place) => Promise<void>,
    share: KeyShare,
  ): void;
}

const FOLLOW = `update "actiond".replicas set actions = $2::text::jsonb where id = $1::uuid`;
const DRAIN = `update "actiond".replicas set draining = true where id = $1::uuid`;

export function openFleet(store: PostgresStore, options: Options): Fleet {
  const { me, target, writer, reader, control } = store;
  const { leaseMs, stallMs, thread, log, listenTarget = target } = options;
  const channel = channelOf(target.schema);
  // Of its own: a claim, or counting a long queue, would make everybody who waits for a notice wait for longer.
  const ringing = new Client(target);
  const bell = new Bell(ringing, channel);
  const turns = new SharedTurns({
    ...options,
    me,
    client: control,
    writer,
    bell,
    trouble: () => beats.trouble,
  });
  const following = new Following(bell);
  writer.onAnswer((flush) => {
    following.tell(flush);
  });
  const runs = shareRuns(createRunStore(store), { turns, bell, me, writer });
  const news = new SharedNews({
    target: listenTarget,
    channel,
    reader,
    store: runs,
    turns,
    following,
    ringing,
    log,
  });
  const events = new SharedEvents({ reader, news, following });
  const hear = (message: BeatMessage) => {
    if (message.kind === "dead")
      writer.fence(
        "The fleet has taken this replica for dead, and others go on with its runs.",
      );
    else if (message.kind === "buried")
      log.warn("Another replica is dead. Its work is being taken over.", {
        replica_id: message.id,
      });
  };
  const beats = new Beats({
    thread,
    target,
    me,
    channel,
    leaseMs,
    stallMs,
    onMessage: hear,
    onLost: () => {
      log.error(
        "The database has not answered for a whole lease: this replica claims no more runs, and stops those that other replicas may execute again.",
      );
      news.lose();
    },
    onFound: () => {
      log.info("The database answers again.");
      turns.claim();
    },
  });
  log.info("This replica has entered the fleet.", { replica_id: me });
  const tell = (text: string, ...values: string[]) => {
    control.query(text, [me, ...values]).catch((error: unknown) => {
      log.warn("The other replicas could not be notified of a change.", {
        error,
      });
    });
  };
  return {
    runs,
    events,
    turns: {
      get runningCount() {
        return turns.runningCount;
      },
      get queuedCount() {
        return turns.queuedCount;
      },
      refuseEarly: (...asked) => {
        turns.refuseEarly(...asked);
      },
      reserve: (...asked) => turns.reserve(...asked),
      close() {
        turns.close();
        news.endWaits();
        tell(DRAIN);
        bell.ring("q");
      },
    },
    news,
    get trouble() {
      return beats.trouble ?? writer.trouble;
    },
    get livingCount() {
      return beats.livingCount;
    },
    follow(entries) {
      tell(FOLLOW, JSON.stringify(turns.follow(entries)));
    },
    start(...given) {
      turns.start(...given);
      void news.start();
    },
    async [Symbol.asyncDispose]() {
      turns.close();
      beats[Symbol.dispose]();
      events[Symbol.dispose]();
      await news[Symbol.asyncDispose]();
      await turns.settled();
      await ringing[Symbol.asyncDispose]();
    },
  };
}
