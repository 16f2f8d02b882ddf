/** The server itself over HTTP: how full it is, what goes on, and how the last hour was. */
import { t } from "elysia";
import { isAdmin } from "../../access/caller.ts";
import type { ActiveRun } from "../../run/active/active-run.ts";
import { MINUTES, type Statistics } from "../../run/report/statistics.ts";
import { isVisible, ownerFilter } from "../../run/view.ts";
import { json, plainInteger, textParameter } from "../openapi/describe.ts";
import { operation } from "../operation.ts";
import { toInteger } from "../query.ts";
import { jsonReply } from "../reply.ts";

/** What is asked of the parts of the server when somebody wants to know. */
interface ServerFacts {
  readonly version: string;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  url(): string;
  /** Limits are Infinity where there are none. */
  runs(): {
    readonly running: number;
    readonly queued: number;
    readonly maxRunning: number;
    readonly maxQueued: number;
  };
  /** Code that goes on after its run has its outcome, and since when. */
  lingering(): Iterable<readonly [run: ActiveRun, since: number]>;
  children(): {
    readonly running: number;
    readonly idle: number;
    readonly max: number;
  };
  /** How large the database is, with its log. */
  storeBytes(): number;
  /** Why files of actions could not be loaded again; empty when all are. */
  reloadErrors(): readonly string[];
}

export interface ServerParts {
  readonly server: ServerFacts;
  readonly statistics: Statistics;
}

const countOrNull = t.Union([plainInteger(), t.Null()]);
const millisecondsOrNull = t.Union([t.Number(), t.Null()]);

const getServer = operation({
  id: "getServer",
  method: "GET",
  path: "/api/server",
  need: "read",
  tag: "Server",
  summary: "Look at the server",
  description:
    "Returns how many runs are running and queued, which code is still running after its run has ended, and how large the database is. Only admins see the runs of other keys and errors in action files.",
  replies: {
    200: json(
      "The server. Limits are null if there are none.",
      t.Object({
        version: t.String(),
        started_time: t.String(),
        url: t.String(),
        runs: t.Object({
          running: plainInteger(),
          queued: plainInteger(),
          max_running: countOrNull,
          max_queued: countOrNull,
        }),
        lingering: t.Array(
          t.Object({
            run_id: t.String(),
            action_id: t.String(),
            since: t.String(),
          }),
        ),
        children: t.Object({
          running: plainInteger(),
          idle: plainInteger(),
          max: plainInteger(),
        }),
        store: t.Object({ bytes: plainInteger() }),
        reload_errors: t.Array(t.Object({ message: t.String() })),
      }),
    ),
  },
  problems: [],
  handle({ caller }, { server }: ServerParts) {
    const { running, queued, maxRunning, maxQueued } = server.runs();
    const lingering = [...server.lingering()]
      .filter(([run]) => isVisible(caller, run))
      .map(([run, since]) => ({
        run_id: run.id,
        action_id: run.entry.address,
        since: new Date(since).toISOString(),
      }));
    const errors = isAdmin(caller) ? server.reloadErrors() : [];
    return jsonReply({
      version: server.version,
      started_time: new Date(server.startedAt).toISOString(),
      url: server.url(),
      runs: {
        running,
        queued,
        max_running: toLimit(maxRunning),
        max_queued: toLimit(maxQueued),
      },
      lingering,
      children: server.children(),
      store: { bytes: server.storeBytes() },
      reload_errors: errors.map((message) => ({ message })),
    });
  },
});

const getStatistics = operation({
  id: "getStatistics",
  method: "GET",
  path: "/api/statistics",
  need: "read",
  tag: "Server",
  summary: "See how many runs ended in each minute",
  description:
    "Counts the runs of this key that have ended since the server started; for an admin, those of all keys. Durations are from start to finish and accurate to 5 %.",
  query: t.Object({
    minutes: textParameter({
      type: "integer",
      minimum: 1,
      maximum: MINUTES,
      description: `How many minutes, up to the current one. It is ${MINUTES} if omitted.`,
    }),
  }),
  replies: {
    200: json(
      "The minutes, oldest first.",
      t.Array(
        t.Object({
          time: t.String(),
          passed: plainInteger(),
          failed: plainInteger(),
          cancelled: plainInteger(),
          p50_ms: millisecondsOrNull,
          p95_ms: millisecondsOrNull,
        }),
      ),
    ),
  },
  problems: ["invalid_parameter"],
  handle({ query, caller }, { statistics }: ServerParts) {
    const { minutes = String(MINUTES) } = query;
    const count = toInteger("minutes", minutes, { min: 1, max: MINUTES });
    const { owner } = ownerFilter(caller);
    const minuteObjects = statistics.list(count, owner).map((minute) => ({
      time: new Date(minute.at).toISOString(),
      passed: minute.passed,
      failed: minute.failed,
      cancelled: minute.cancelled,
      p50_ms: minute.p50Ms,
      p95_ms: minute.p95Ms,
    }));
    return jsonReply(minuteObjects);
  },
});

export const serverOperations = [getServer, getStatistics];

function toLimit(count: number): number | null {
  return count === Infinity ? null : count;
}
