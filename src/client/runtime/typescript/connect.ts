/** How a client calls actions. */
import { attach } from "./handle.ts";
import { type Connection, openConnection, WAIT_SECONDS } from "./ask.ts";
import type {
  BackgroundOptions,
  Callable,
  ClientOf,
  ClientOptions,
  StartOptions,
} from "./calls.ts";
import {
  isUnfinished,
  type Reply,
  resultOf,
  runIdOf,
  toError,
} from "./replies.ts";

/** @param addresses the addresses of the actions, by the names that they have here */
export function connect<Actions>(
  options: ClientOptions,
  addresses: Readonly<Record<string, Readonly<Record<string, string>>>>,
): ClientOf<Actions> {
  const connection = openConnection(options);
  const toCallable = (address: string): Callable<unknown, unknown> =>
    Object.assign(
      (input?: unknown, given?: StartOptions) =>
        call(connection, address, input, given),
      {
        async start(input?: unknown, given: BackgroundOptions = {}) {
          const reply = await begin(connection, address, input, {
            ...given,
            waitSeconds: 0,
          });
          if (!isUnfinished(reply)) throw toError(reply);
          return attach(connection, runIdOf(reply));
        },
        attach: (id: string) => attach(connection, id),
      },
    );
  const packages = Object.entries(addresses).map(([name, actions]) => [
    name,
    Object.fromEntries(
      Object.entries(actions).map(([action, address]) => [
        action,
        toCallable(address),
      ]),
    ),
  ]);
  return Object.fromEntries(packages) as ClientOf<Actions>;
}

/** Sends the request that starts a run. */
async function begin(
  { ask }: Connection,
  address: string,
  input: unknown,
  options: BackgroundOptions & { readonly waitSeconds: number },
): Promise<Reply> {
  const { signal, callback, runTimeout, startTimeout } = options;
  const { idempotencyKey = crypto.randomUUID() } = options;
  const { requestId = idempotencyKey, waitSeconds } = options;
  return await ask(`/api/actions/${address}/run`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "idempotency-key": idempotencyKey,
      "x-actions-request-id": requestId,
      "x-actions-async-timeout": String(waitSeconds),
      ...(callback === undefined
        ? {}
        : { "x-actions-async-callback": callback }),
      ...(runTimeout === undefined
        ? {}
        : { "x-actions-run-timeout": String(runTimeout) }),
      ...(startTimeout === undefined
        ? {}
        : { "x-actions-start-timeout": String(startTimeout) }),
    },
    body: JSON.stringify(input ?? {}),
    signal,
  });
}

async function call(
  connection: Connection,
  address: string,
  input: unknown,
  options: StartOptions = {},
): Promise<unknown> {
  const { signal } = options;
  const idempotencyKey = options.idempotencyKey ?? crypto.randomUUID();
  const requestId = options.requestId ?? idempotencyKey;
  signal?.throwIfAborted();
  let id: string | undefined;
  try {
    const waitSeconds = WAIT_SECONDS;
    const own = { ...options, idempotencyKey, requestId, waitSeconds };
    const reply = await begin(connection, address, input, own);
    if (!isUnfinished(reply)) return resultOf(reply);
    id = runIdOf(reply);
    return await attach(connection, id).wait({ signal });
  } catch (error) {
    if (signal?.aborted === true)
      giveUp(connection, id, requestId).catch(() => undefined);
    throw error;
  }
}

/** Nobody waits any more for the run that a request may have started. */
async function giveUp(
  connection: Connection,
  id: string | undefined,
  requestId: string,
): Promise<void> {
  const name = encodeURIComponent(requestId);
  const path = `/api/runs/run-id-from-request-id/${name}`;
  const found =
    id ?? (resultOf(await connection.ask(path)) as { run_id: string }).run_id;
  await attach(connection, found).cancel();
}
