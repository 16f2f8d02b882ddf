/** Watching runs over HTTP: their logs, and their events as they happen. */
import { t } from "elysia";
import { ServerError } from "../../errors.ts";
import { viewOf } from "../../run/view.ts";
import { textParameter } from "../openapi/describe.ts";
import type { Replies } from "../operation.ts";
import { operation } from "../operation.ts";
import { toInteger } from "../query.ts";
import { runFilter, toRunFilter } from "../runs/run-filter.ts";
import { runId } from "../runs/run-object.ts";
import { openAllStream } from "./all-stream.ts";
import { EVENT_ID, type EventFeed } from "./event-feed.ts";
import { openLogReply } from "./log-reply.ts";
import { openRunStream, type RunStreamParts } from "./run-stream.ts";
import { RUN_EVENT_ID } from "./told.ts";

export interface EventsParts extends RunStreamParts {
  readonly feed: EventFeed;
}

const NAMES =
  "`accepted`, `started`, `log`, `progress`, `attempt_failed`, `detached`, `unheard`, `finished`, `owed` and `callback_attempt`";

/** @param form of the ids of its events; none is where a stream begins */
function resumeHeaders(form: RegExp) {
  return t.Object(
    {
      "last-event-id": t.Optional(
        t.String({
          pattern: `^$|${form.source}`,
          description:
            "The id of the last event that you have: the stream goes on with the one after it.",
        }),
      ),
    },
    { additionalProperties: true },
  );
}

function readLastEventId(headers: Headers): string | undefined {
  return headers.get("last-event-id") ?? undefined;
}

const getRunLogs = operation({
  id: "getRunLogs",
  method: "GET",
  path: "/api/runs/:id/logs",
  need: "read",
  tag: "Runs",
  summary: "Read the log of a run",
  description:
    "Returns what the run has logged and printed, and what it threw, with the stack: one JSON object per line, or plain text with `accept: text/plain`.",
  params: runId,
  query: t.Object({
    follow: textParameter({
      type: "boolean",
      description:
        "With `true`, the reply goes on with each new line until the run has finished.",
    }),
    after: textParameter({
      type: "integer",
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: "Leaves out the lines up to the one with this `seq`.",
    }),
  }),
  replies: {
    200: {
      description: "The lines, oldest first.",
      content: {
        "application/x-ndjson": {
          schema: {
            type: "object",
            required: ["seq", "time", "level", "message"],
            properties: {
              seq: { type: "integer" },
              time: { type: "string" },
              level: {
                type: "string",
                enum: ["debug", "info", "warn", "error"],
              },
              message: { type: "string" },
              fields: { type: "object" },
              stack: { type: "string" },
            },
          },
        },
        "text/plain": { schema: { type: "string" } },
      },
    },
  },
  problems: ["invalid_parameter", "run_not_found", "overloaded"],
  isStream: true,
  readHeaders: (headers) => prefersText(headers.get("accept") ?? ""),
  async handle({ params, query, caller, read: isText }, parts: EventsParts) {
    const run = await viewOf(caller, parts.store).get(params.id);
    const { follow, after = "0" } = query;
    const question = {
      caller,
      isFollowed: follow !== undefined && toBoolean("follow", follow),
      isText,
      after: toInteger("after", after, {
        min: 0,
        max: Number.MAX_SAFE_INTEGER,
      }),
    };
    return openLogReply(run, question, parts);
  },
});

const getRunEvents = operation({
  id: "getRunEvents",
  method: "GET",
  path: "/api/runs/:id/events",
  need: "read",
  tag: "Runs",
  summary: "Follow a run",
  description: `Streams the past events of the run and then new ones as they happen, as server-sent events: ${NAMES}. The stream ends with \`finished\`. With \`last-event-id\` the stream continues where it broke off, even after a restart of the server; after \`finished\`, it has the events of the callback.`,
  params: runId,
  headers: resumeHeaders(RUN_EVENT_ID),
  replies: {
    200: streamReply("The events of the run, in order."),
    204: { description: "There are no more events." },
  },
  problems: ["run_not_found", "overloaded"],
  isStream: true,
  readHeaders: readLastEventId,
  handle: ({ params, caller, read: lastEventId }, parts: EventsParts) =>
    openRunStream(params.id, { caller, lastEventId }, parts),
});

const listEvents = operation({
  id: "listEvents",
  method: "GET",
  path: "/api/events",
  need: "read",
  tag: "Runs",
  summary: "Follow all runs",
  description: `Streams new events of all runs that the key may see, as server-sent events: ${NAMES}. With \`last-event-id\` the stream continues where it broke off, even after a restart of the server. If that was too long ago, the first event is \`missed\`: list the runs again.`,
  query: t.Object(runFilter),
  headers: resumeHeaders(EVENT_ID),
  replies: { 200: streamReply("The events of all runs.") },
  problems: ["invalid_parameter", "overloaded"],
  isStream: true,
  readHeaders: readLastEventId,
  handle({ query, caller, read: lastEventId }, parts: EventsParts) {
    const filter = toRunFilter(query);
    return openAllStream({ caller, filter, lastEventId }, parts);
  },
});

export const eventOperations = [getRunLogs, getRunEvents, listEvents];

function streamReply(description: string): Replies[string] {
  // Generators know this form: the members of an event, whose data is JSON.
  const text = { type: "string" as const };
  const schema = {
    type: "object" as const,
    properties: { id: text, event: text, data: text },
    required: ["data"],
  };
  return { description, content: { "text/event-stream": { schema } } };
}

/** JSON unless text is what is asked for. */
function prefersText(accept: string): boolean {
  const places = ["text/plain", "json", "*/*"].map((type) =>
    accept.indexOf(type),
  );
  const [text = -1, ...others] = places;
  return text !== -1 && others.every((place) => place === -1 || place > text);
}

function toBoolean(name: string, text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new ServerError(
    "invalid_parameter",
    `${name} must be true or false, not ${JSON.stringify(text)}.`,
  );
}
