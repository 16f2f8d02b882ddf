/**
 * Contents of artifacts by their names. Besides the files that a run has left there are those that Sema4.ai's Action
 * Server writes for each run: they are made when they are asked for.
 */
import { isLineEntry } from "../../run/kept-log/entry.ts";
import type { LogReader } from "../../run/kept-log/log-store.ts";
import type { FileContents } from "../../run/artifacts/artifact-store.ts";
import type { RunFiles } from "../../run/artifacts/run-files.ts";
import type { Run } from "../../run/run.ts";
import { type ShownLine, toLogText } from "../events/log-reply.ts";
import { readEntries } from "../events/replay.ts";
import { toRunObject } from "../runs/run-object.ts";
import { writePage } from "./log-page.ts";

export interface ContentParts {
  readonly artifacts: RunFiles;
  readonly logs: LogReader;
}

type Make = (run: Run, logs: LogReader) => AsyncIterable<string> | string;

const MADE: Readonly<Record<string, Make>> = {
  "__action_server_inputs.json": (run) => run.input,
  "__action_server_result.json": (run) => {
    const { result, error_message: message } = toRunObject(run);
    return `{"result": ${result ?? "null"}, "message": ${JSON.stringify(message)}}`;
  },
  "__action_server_output.txt": writeOutput,
  "log.html": writePage,
};

/** @returns undefined when the run has no such file */
export async function findContents(
  run: Run,
  name: string,
  { artifacts, logs }: ContentParts,
): Promise<FileContents | undefined> {
  const file = await artifacts.find(run.id, name);
  if (file !== undefined) return file;
  if (!Object.hasOwn(MADE, name)) return undefined;
  const made = MADE[name]?.(run, logs) ?? "";
  const pieces =
    typeof made === "string" ? [made] : await Array.fromAsync(made);
  return new Blob(pieces);
}

async function* writeOutput(
  { id }: Run,
  logs: LogReader,
): AsyncGenerator<string> {
  for await (const { text } of readEntries(id, 0, logs))
    if (isLineEntry(text)) yield toLogText(JSON.parse(text) as ShownLine);
}
