/** `GET /api/runs/{id}/log.html`: what a run has logged, as a page for people. */
import type { LogReader } from "../../run/kept-log/log-store.ts";
import { isLineEntry } from "../../run/kept-log/entry.ts";
import type { LogLine } from "../../run/kept-log/line.ts";
import type { Run } from "../../run/run.ts";
import type { RunStore } from "../../run/store.ts";
import { viewOf } from "../../run/view.ts";
import type { OpenStreams } from "../events/open-streams.ts";
import { readEntries } from "../events/replay.ts";
import { operation } from "../operation.ts";
import { runId, toRunObject } from "../runs/run-object.ts";

export interface LogPageParts {
  readonly store: RunStore;
  readonly logs: LogReader;
  readonly streams: OpenStreams;
}

/** How much is sent in one piece. */
const PIECE_LENGTH = 64 * 1024;
/** Nothing on the page runs or loads anything. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
const STYLE =
  "body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color-scheme:light dark}pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}.warn{color:#b45309}.error{color:#dc2626}dt{font-weight:600}dd{margin:0 0 .5rem}";

export const getLogPage = operation({
  id: "getRunLogPage",
  method: "GET",
  path: "/api/runs/:id/log.html",
  need: "read",
  tag: "Runs",
  summary: "Read the log of a run as a page",
  params: runId,
  replies: {
    200: {
      description: "The page.",
      content: { "text/html": { schema: { type: "string" } } },
    },
  },
  problems: ["run_not_found", "overloaded", "rate_limited"],
  isStream: true,
  async handle({ params, caller }, { store, logs, streams }: LogPageParts) {
    const run = await viewOf(caller, store).get(params.id);
    streams.refuseCrowd(caller);
    return streams.open({
      caller,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": POLICY,
        "x-action-server-run-id": run.id,
      },
      source: writePage(run, logs),
      end: () => undefined,
    }).response;
  },
});

/** Writes the page, piece by piece. */
export async function* writePage(
  run: Run,
  logs: LogReader,
): AsyncGenerator<string> {
  const { action_id: actionId, state, created_time } = toRunObject(run);
  const facts = {
    Action: actionId,
    Run: run.id,
    Accepted: created_time,
    State: state,
    ...(run.error === null ? {} : { Error: run.error.message }),
  };
  const list = Object.entries(facts).map(
    ([name, value]) => `<dt>${name}</dt><dd>${Bun.escapeHTML(value)}</dd>`,
  );
  let piece = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${Bun.escapeHTML(actionId)}: log</title><style>${STYLE}</style><h1>Log</h1><dl>${list.join("")}</dl>`;
  let isEmpty = true;
  for await (const { text } of readEntries(run.id, 0, logs)) {
    if (!isLineEntry(text)) continue;
    isEmpty = false;
    piece += toLine(JSON.parse(text) as LogLine & { time: string });
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}${isEmpty ? "<p>It has logged nothing.</p>" : ""}</html>\n`;
}

function toLine(line: LogLine & { readonly time: string }): string {
  const { time, level, message, fields, stack } = line;
  const more = fields === undefined ? "" : ` ${JSON.stringify(fields)}`;
  const below = stack === undefined ? "" : `\n${stack}`;
  const text = `${time} ${level.toUpperCase().padEnd(5)} ${message}${more}${below}`;
  return `<pre class="${level}">${Bun.escapeHTML(text)}</pre>\n`;
}
