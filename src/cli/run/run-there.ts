/** Runs an action on a server, and shows its outcome. */
import { OperatorError } from "../../errors.ts";
import type { ActionView } from "../remote/actions.ts";
import type { ProgramContext } from "../parse/command.ts";
import { type RemoteConfig, ServerClient, toError } from "../remote/client.ts";
import { followLog } from "../remote/runs/follow.ts";
import { showOutcome, waitForResult } from "../remote/runs/wait.ts";
import { makeInput } from "./input.ts";
import { Interruption } from "./interruption.ts";

const RUN_ID = "x-action-server-run-id";

/**
 * @param config.async whether to print the id of the run in place of its result
 * @param config.wait whether to print the log of the run until it has ended, and then its result
 * @returns the exit code: 0 passed or accepted, 1 failed, 2 the input is wrong, 130 or 143 ended by a signal
 */
export async function runThere(
  config: RemoteConfig & {
    readonly address: string;
    readonly input: string | undefined;
    readonly members: readonly string[];
    readonly async: boolean;
    readonly wait: boolean;
  },
  { write, note }: ProgramContext,
): Promise<number> {
  const client = new ServerClient(config);
  const { address, members } = config;
  const schema = members.length === 0 ? {} : await findSchema(address, client);
  const body = JSON.stringify(makeInput(config, schema));
  const interruption = new Interruption(note);
  const { signal } = interruption;
  const isDetached = config.async || config.wait;
  const request = {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      // Whoever waits here is gone when the connection breaks.
      ...(isDetached
        ? { "x-actions-async-timeout": "0" }
        : { "x-actions-on-disconnect": "cancel" }),
    },
    signal,
  };
  const parts = { client, write, note, signal };
  let id: string | undefined;
  try {
    const reply = await client.ask(`/api/actions/${address}/run`, request);
    if (!isDetached && !reply.headers.has("x-action-async-completion"))
      return await showOutcome(reply, parts);
    if (!reply.ok) throw await toError(reply);
    id = reply.headers.get(RUN_ID) ?? undefined;
    if (id === undefined)
      throw new OperatorError(
        `The server at ${config.url} did not return the id of the run.`,
      );
    if (config.async) {
      write(`${id}\n`);
      return 0;
    }
    if (config.wait)
      await followLog(
        { id, follow: true, json: false },
        { ...parts, write: note },
      );
    return await waitForResult(id, parts);
  } catch (error) {
    if (interruption.code === undefined) throw error;
    if (id !== undefined)
      await client.get(`/api/runs/${id}/cancel`, { method: "POST" });
    return interruption.code;
  }
}

async function findSchema(
  address: string,
  client: ServerClient,
): Promise<ActionView["input_schema"]> {
  const actions = await client.getJson<ActionView[]>("/api/actions");
  const found = actions.find((action) => action.address === address);
  if (found !== undefined) return found.input_schema;
  throw new OperatorError(
    `The server has no action "${address}". "actiond actions" lists its actions.`,
  );
}
