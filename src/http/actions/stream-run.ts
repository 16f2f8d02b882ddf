/** Running an action for a caller that accepts `text/event-stream`: each chunk at once, then the outcome. */
import type { ServerError } from "../../errors.ts";
import {
  type Answer,
  ask,
  type AskParts,
  type Question,
} from "../../run/ask.ts";
import { Chunks } from "../../run/active/chunks.ts";
import type { Runner } from "../../run/active/runner.ts";
import { HEARTBEAT, HELLO, SSE_HEADERS } from "../events/frames.ts";
import type { OpenStreams } from "../events/open-streams.ts";
import { toErrorBody, toRefusalProblem } from "../problem.ts";

export interface StreamRunParts extends AskParts {
  readonly runner: Runner;
  readonly streams: OpenStreams;
}

const TYPE = "text/event-stream";

export function acceptsEvents(accept: string | null): boolean {
  return accept?.includes(TYPE) === true;
}

/**
 * The reply begins when the run is on disk: until then a refusal is answered as any other.
 *
 * @throws {ServerError} what `ask` refuses before there is a run
 */
export async function streamRun(
  question: Question,
  parts: StreamRunParts,
): Promise<Response> {
  const { runner, streams } = parts;
  streams.refuseCrowd(question.caller);
  let chunks = new Chunks();
  let id = "";
  const accepted = Promise.withResolvers<void>();
  const answered = ask(
    {
      ...question,
      onAccepted(runId) {
        id = runId;
        const run = runner.find(runId);
        if (run !== undefined) {
          chunks = run.chunks;
          run.recorded.then(accepted.resolve, () => undefined);
        }
      },
    },
    parts,
  );
  // Where there is no such run, the answer itself says why.
  await Promise.race([accepted.promise, answered]);
  const endChunks = () => {
    chunks.end();
  };
  answered.then(endChunks, endChunks);
  const known = id === "" ? (await answered).runId : id;
  const stream = streams.open({
    caller: question.caller,
    headers: { ...SSE_HEADERS, "x-action-server-run-id": known },
    hello: HELLO,
    heartbeat: HEARTBEAT,
    source: tell(known, chunks, answered),
    end: endChunks,
  });
  return stream.response;
}

async function* tell(
  id: string,
  chunks: Chunks,
  answered: Promise<Answer>,
): AsyncGenerator<string> {
  let count = 0;
  for await (const text of chunks) {
    count += 1;
    yield `id: ${count}\nevent: chunk\ndata: ${text}\n\n`;
  }
  try {
    yield toLast(await answered);
  } catch (error) {
    const problem = toRefusalProblem(error as ServerError, id);
    yield toFrame("problem", JSON.stringify(problem));
  }
}

function toLast(answer: Answer): string {
  if (answer.kind === "detached")
    return toFrame("async-return", JSON.stringify({ run_id: answer.runId }));
  const { outcome, runId } = answer;
  return outcome.status === "passed"
    ? toFrame("result", outcome.result)
    : toFrame("problem", toErrorBody(runId, outcome.error));
}

/** @param data JSON, which has no line breaks */
function toFrame(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
