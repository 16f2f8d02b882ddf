/** Waits for the result of a run, and shows it. */
import { readProblem, type ServerClient, toError } from "../client.ts";
import { showResult } from "../../run/show-result.ts";

/** How long the server may wait with each reply, in seconds: proxies end connections that are quiet for longer. */
const WAIT_SECONDS = 25;

interface Parts {
  readonly client: ServerClient;
  readonly write: (text: string) => void;
  readonly note: (text: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * @returns the exit code: 0 when the run passed, 1 when it did not
 * @throws {OperatorError} there is no such run
 */
export async function waitForResult(id: string, parts: Parts): Promise<number> {
  const { client, signal } = parts;
  for (;;) {
    const reply = await client.ask(
      `/api/runs/${id}/result?wait=${WAIT_SECONDS}`,
      signal === undefined ? {} : { signal },
    );
    if (reply.status !== 202) return await showOutcome(reply, parts);
  }
}

/** Shows what became of a run. @param reply that of the server for a run that has ended, or for a refused request */
export async function showOutcome(
  reply: Response,
  { write, note }: Pick<Parts, "write" | "note">,
): Promise<number> {
  if (reply.ok) {
    write(showResult(await reply.text()));
    return 0;
  }
  // A reply about a run that exists names it.
  if (!reply.headers.has("x-action-server-run-id")) throw await toError(reply);
  const { code, detail, data } = await readProblem(reply);
  note(`actiond: The run failed with ${code}: ${detail}\n`);
  if (data !== undefined) note(`${JSON.stringify(data, null, 2)}\n`);
  return 1;
}
