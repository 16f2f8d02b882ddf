/** Runs as resources: `actiond://runs`, and `actiond://runs/{id}`. */
import type { ReadResourceResult } from "@modelcontextprotocol/server";
import { requireScope } from "../../access/caller.ts";
import { isLineEntry } from "../../run/kept-log/entry.ts";
import type { Run, RunId } from "../../run/run.ts";
import { viewOf } from "../../run/view.ts";
import type { McpParts, Whose } from "../parts.ts";
import { MAX_RESULT_LENGTH } from "../refuse.ts";

export const RUNS_URI = "actiond://runs";
const LISTED_COUNT = 50;
const MAX_LISTED_BYTES = 1024 ** 2;
const JSON_TYPE = "application/json";
const LINES_TYPE = "application/x-ndjson";

export const RUNS = {
  uri: RUNS_URI,
  name: "runs",
  title: "Newest runs",
  description: `The newest ${LISTED_COUNT} runs of this caller, without their inputs and results.`,
  mimeType: JSON_TYPE,
};

export const RUN_TEMPLATE = {
  uriTemplate: `${RUNS_URI}/{id}`,
  name: "run",
  title: "Run",
  description: "How a run stands, with its input, and its result or error.",
  mimeType: JSON_TYPE,
};

export const LOG_TEMPLATE = {
  uriTemplate: `${RUNS_URI}/{id}/log`,
  name: "run-log",
  title: "Log of a run",
  description:
    "What a run has logged and printed, and what it threw: one JSON object on each line.",
  mimeType: LINES_TYPE,
};

export function toRunUri(id: RunId): string {
  return `${RUNS_URI}/${id}`;
}

/** @returns undefined when the URI is not that of a run */
export function toRunId(uri: string): RunId | undefined {
  return /^actiond:\/\/runs\/([\w-]+)$/.exec(uri)?.[1];
}

/**
 * @returns undefined when the URI is not one of runs
 * @throws {ServerError} `run_not_found`, `forbidden`
 */
export async function readRuns(
  uri: string,
  { caller, parts }: Whose,
): Promise<ReadResourceResult | undefined> {
  const id = toRunId(uri);
  const logged = /^actiond:\/\/runs\/([\w-]+)\/log$/.exec(uri)?.[1];
  if (id === undefined && logged === undefined && uri !== RUNS_URI)
    return undefined;
  requireScope(caller, "read");
  const view = viewOf(caller, parts.store);
  if (logged !== undefined) {
    const run = await view.get(logged);
    const text = await readLog(run.id, parts);
    return { contents: [{ uri, mimeType: LINES_TYPE, text }] };
  }
  if (id !== undefined) {
    const run = await view.get(id);
    return toContents(uri, {
      ...toSummary(run),
      input: toShown(run.input),
      result: run.result === null ? null : toShown(run.result),
    });
  }
  const { runs } = await view.list({
    limit: LISTED_COUNT,
    maxBytes: MAX_LISTED_BYTES,
  });
  return toContents(uri, runs.map(toSummary));
}

/** What is too large for a message is left out: `GET /api/runs/{id}` has it. */
function toShown(json: string): unknown {
  return json.length > MAX_RESULT_LENGTH ? undefined : JSON.parse(json);
}

async function readLog(id: RunId, { logs }: McpParts): Promise<string> {
  let text = "";
  let kept = await logs.findAfter(id, 0);
  while (kept !== undefined) {
    for (const line of kept.text.split("\n"))
      if (line !== "" && isLineEntry(line)) text += `${line}\n`;
    kept = await logs.findAfter(id, kept.lastSeq);
  }
  return text;
}

function toContents(uri: string, value: unknown): ReadResourceResult {
  const text = JSON.stringify(value, undefined, 2);
  return { contents: [{ uri, mimeType: JSON_TYPE, text }] };
}

/** The members have the names that the run object has over HTTP. */
function toSummary(run: Run) {
  const { error } = run;
  return {
    id: run.id,
    action_id: `${run.package}/${run.action}`,
    state: run.status,
    attempt: run.attempt,
    created_time: toTime(run.createdAt),
    start_time: toTime(run.startedAt),
    finish_time: toTime(run.finishedAt),
    run_time: run.runMs === null ? null : run.runMs / 1000,
    error:
      error === null
        ? null
        : { code: error.code, message: error.message, data: error.data },
  };
}

function toTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
