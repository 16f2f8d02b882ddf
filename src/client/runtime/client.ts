/** What every generated client is made of: how it calls, waits, watches and cancels. It needs nothing but `fetch`. */

export interface ClientOptions {
  /** Where the server is, such as "https://actions.example.com". */
  readonly url: string;
  /** The API key, if the server asks for one. */
  readonly key?: string | undefined;
  /** How many seconds a server that cannot be reached or has no room is tried again. The default is 60. */
  readonly patience?: number | undefined;
  /** Is used instead of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

export interface StartOptions {
  /** Gives the request up when it aborts. A run that is waited for is cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Names the request: sent again with the same key and input, it does not start another run. By default a new one is made. */
  readonly idempotencyKey?: string | undefined;
  /** Your own id, by which the run can be found. By default it is the idempotency key. */
  readonly requestId?: string | undefined;
  /** How many seconds the run may take once it has started. */
  readonly runTimeout?: number | undefined;
  /** How many seconds the run may stay queued. */
  readonly startTimeout?: number | undefined;
}

export interface BackgroundOptions extends StartOptions {
  /** The URL that is told how the run ended. */
  readonly callback?: string | undefined;
}

export interface WaitOptions {
  /** Ends the wait when it aborts. The run goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** A run as the server shows it. `GET /api/runs/{id}` describes the other members. */
export interface RunState {
  readonly id: string;
  readonly action_id: string;
  readonly state: "queued" | "running" | "passed" | "failed" | "cancelled";
  readonly attempt: number;
  readonly created_time: string;
  readonly finish_time: string | null;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly data?: unknown;
  } | null;
  readonly [member: string]: unknown;
}

/** Something that happened to a run. */
export interface RunEvent {
  readonly id: string;
  /** "accepted", "started", "log", "progress", "attempt_failed", "finished" and others. */
  readonly event: string;
  readonly data: {
    readonly run_id: string;
    readonly time: string;
    readonly [member: string]: unknown;
  };
}

/** A run that goes on while you do something else. */
export interface RunHandle<Output> {
  readonly id: string;
  /** Resolves with the result. It rejects as the call itself would. */
  wait(options?: WaitOptions): Promise<Output>;
  /** What happens to the run, from its beginning to its end. Lost connections are mended. */
  events(options?: WaitOptions): AsyncIterableIterator<RunEvent>;
  /** @returns "cancelled" when this ended the run, "not-running" when it had ended already */
  cancel(): Promise<"cancelled" | "not-running">;
  /** How the run stands. */
  state(options?: WaitOptions): Promise<RunState>;
}

type InputOf<Input> =
  Partial<Input> extends Input ? [input?: Input] : [input: Input];

/** An action. */
export interface Callable<Input, Output> {
  /** Runs the action, and resolves with its result. */
  (...call: [...InputOf<Input>, options?: StartOptions]): Promise<Output>;
  /** Starts the action, and resolves as soon as the run is on disk. */
  start(
    ...call: [...InputOf<Input>, options?: BackgroundOptions]
  ): Promise<RunHandle<Output>>;
  /** A run that was started earlier, by its id. */
  attach(id: string): RunHandle<Output>;
}

export type ClientOf<Actions> = {
  readonly [Package in keyof Actions]: {
    readonly [Name in keyof Actions[Package]]: Actions[Package][Name] extends {
      input: infer Input;
      output: infer Output;
    }
      ? Callable<Input, Output>
      : never;
  };
};

/** The members of a problem (RFC 9457). */
interface Problem {
  readonly type?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly title?: string;
  readonly code?: string;
  readonly source?: string;
  readonly retryable?: boolean;
  readonly run_id?: string;
  readonly data?: unknown;
  readonly errors?: readonly InputError[];
}

export interface InputError {
  /** A JSON Pointer to the place, "" for the whole input. */
  readonly path: string;
  readonly message: string;
}

/** Why a call did not pass. Each reason that a caller may treat in its own way is a class of its own. */
export class ActiondError extends Error {
  /** The server's or the action's own code, such as "out_of_stock". */
  readonly code: string;
  /** The HTTP status; 0 when there was no reply. */
  readonly status: number;
  /** Whether the same request may pass later. */
  readonly retryable: boolean;
  /** The run, if there is one. */
  readonly runId: string | undefined;
  /** What the action added to its error. */
  readonly data: unknown;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(
      problem.detail ?? problem.title ?? "The server gave no reason.",
      options,
    );
    this.name = new.target.name;
    this.code = problem.code ?? "unknown";
    this.status = problem.status ?? 0;
    this.retryable = problem.retryable ?? false;
    this.runId = problem.run_id;
    this.data = problem.data;
  }
}

/** The code of the action failed. */
export class ActionFailedError extends ActiondError {}
/** The run was cancelled, or the server stopped while it was running. */
export class RunCancelledError extends ActiondError {}
/** The run took too long, or was queued for too long. */
export class RunTimedOutError extends ActiondError {}
/** The server could not be reached, or had no room, for as long as the client was patient. */
export class UnavailableError extends ActiondError {}
/** The input does not match the schema of the action. */
export class InvalidInputError extends ActiondError {
  readonly errors: readonly InputError[];

  constructor(problem: Problem) {
    super(problem);
    this.errors = problem.errors ?? [];
  }
}

const CLASSES: Readonly<
  Record<string, new (problem: Problem) => ActiondError>
> = {
  action_failed: ActionFailedError,
  invalid_result: ActionFailedError,
  result_too_large: ActionFailedError,
  crashed: ActionFailedError,
  run_cancelled: RunCancelledError,
  interrupted: RunCancelledError,
  run_timed_out: RunTimedOutError,
  start_timed_out: RunTimedOutError,
  invalid_input: InvalidInputError,
};

/** What the same request may soon be answered otherwise. A run that has ended is not among it. */
const PASSING = new Set([
  "overloaded",
  "rate_limited",
  "too_many_runs",
  "request_timed_out",
  "shutting_down",
  "store_unavailable",
]);

/** How long one request waits, in seconds: proxies end connections that are silent for a minute. */
const WAIT_SECONDS = 45;
/** A reply that takes longer than this beyond its wait is lost. */
const GRACE_MS = 15_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/** A reply that was read to its end. */
interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** @param addresses the addresses of the actions, by the names that they have here */
export function connect<Actions>(
  { url, key, patience = 60, fetch: send = globalThis.fetch }: ClientOptions,
  addresses: Readonly<Record<string, Readonly<Record<string, string>>>>,
): ClientOf<Actions> {
  const base = url.replace(/\/+$/, "");
  const known: Readonly<Record<string, string>> =
    key === undefined ? {} : { authorization: `Bearer ${key}` };

  const request = (path: string, { method, headers, body, signal }: Asked) =>
    send(`${base}${path}`, {
      method: method ?? "GET",
      headers: { ...known, ...headers },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });

  /** Asks until there is an answer: what is sent may be sent twice. */
  async function ask(path: string, asked: Asked): Promise<Reply> {
    const { signal } = asked;
    let pauseMs = FIRST_PAUSE_MS;
    let patienceEndsAt = Date.now() + patience * 1000;
    for (;;) {
      const beganAt = Date.now();
      let why: unknown;
      let afterMs: number | undefined;
      try {
        const limit = AbortSignal.timeout(WAIT_SECONDS * 1000 + GRACE_MS);
        const response = await request(path, {
          ...asked,
          signal:
            signal === undefined ? limit : AbortSignal.any([signal, limit]),
        });
        const { status, headers } = response;
        const reply = { status, headers, text: await response.text() };
        if (!isPassing(reply)) return reply;
        why = toError(reply);
        const retryAfter = Number(headers.get("retry-after") ?? Number.NaN);
        if (Number.isFinite(retryAfter)) afterMs = retryAfter * 1000;
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        why = error;
      }
      // A connection that held for long was not refused: patience begins anew.
      if (Date.now() - beganAt > LONGEST_PAUSE_MS) {
        patienceEndsAt = Date.now() + patience * 1000;
        pauseMs = FIRST_PAUSE_MS;
      }
      const waitMs = afterMs ?? pauseMs * (0.5 + Math.random() / 2);
      if (Date.now() + waitMs > patienceEndsAt) throw toUnavailable(why, base);
      await pause(waitMs, signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  async function begin(
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
      const reply = await begin(address, input, own);
      if (!isUnfinished(reply)) return resultOf(reply);
      id = runIdOf(reply);
      return await attach(id).wait({ signal });
    } catch (error) {
      if (signal?.aborted === true)
        giveUp(id, requestId).catch(() => undefined);
      throw error;
    }
  }

  /** Nobody waits any more for the run that a request may have started. */
  async function giveUp(
    id: string | undefined,
    requestId: string,
  ): Promise<void> {
    const name = encodeURIComponent(requestId);
    const path = `/api/runs/run-id-from-request-id/${name}`;
    const found =
      id ?? (resultOf(await ask(path, {})) as { run_id: string }).run_id;
    await attach(found).cancel();
  }

  function attach(id: string): RunHandle<unknown> {
    const path = `/api/runs/${encodeURIComponent(id)}`;
    return {
      id,
      async wait({ signal } = {}) {
        for (;;) {
          const reply = await ask(`${path}/result?wait=${WAIT_SECONDS}`, {
            signal,
          });
          if (!isUnfinished(reply)) return resultOf(reply);
        }
      },
      async *events({ signal } = {}) {
        let lastId: string | undefined;
        for (;;) {
          const headers = {
            accept: "text/event-stream",
            ...(lastId === undefined ? {} : { "last-event-id": lastId }),
          };
          try {
            const response = await request(`${path}/events`, {
              headers,
              signal,
            });
            if (response.status === 204) return;
            if (response.status !== 200) {
              const { status, headers: sent } = response;
              const text = await response.text();
              const reply = { status, headers: sent, text };
              if (!isPassing(reply)) throw toError(reply);
            } else
              for await (const event of readEvents(response)) {
                lastId = event.id;
                yield event;
                if (event.event === "finished") return;
              }
          } catch (error) {
            if (signal?.aborted === true) throw signal.reason;
            if (error instanceof ActiondError) throw error;
          }
          // Whether the server can be reached again, and still knows the run.
          resultOf(await ask(path, { signal }));
          await pause(FIRST_PAUSE_MS, signal);
        }
      },
      async cancel() {
        const reply = await ask(`${path}/cancel`, { method: "POST" });
        return resultOf(reply) as "cancelled" | "not-running";
      },
      async state({ signal } = {}) {
        return resultOf(await ask(path, { signal })) as RunState;
      },
    };
  }

  const toCallable = (address: string): Callable<unknown, unknown> =>
    Object.assign(
      (input?: unknown, options?: StartOptions) =>
        call(address, input, options),
      {
        async start(input?: unknown, options: BackgroundOptions = {}) {
          const reply = await begin(address, input, {
            ...options,
            waitSeconds: 0,
          });
          if (!isUnfinished(reply)) throw toError(reply);
          return attach(runIdOf(reply));
        },
        attach,
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

/** Whether the reply says that the run goes on. */
function isUnfinished({ status, headers }: Reply): boolean {
  return status === 202 || headers.has("x-action-async-completion");
}

function isPassing(reply: Reply): boolean {
  if (reply.status < 400) return false;
  const kind = kindOf(toProblem(reply.text));
  // What is no problem of the server comes from a proxy in front of it.
  if (kind === undefined) return [502, 503, 504].includes(reply.status);
  return PASSING.has(kind);
}

/** @throws {ActiondError} there is no result */
function resultOf(reply: Reply): unknown {
  if (reply.status >= 400) throw toError(reply);
  try {
    return JSON.parse(reply.text);
  } catch (error) {
    const detail = "The reply is not JSON: what answered may not be actiond.";
    const { status } = reply;
    throw new ActiondError(
      { detail, code: "invalid_reply", status },
      { cause: error },
    );
  }
}

function runIdOf({ headers }: Reply): string {
  return headers.get("x-action-server-run-id") ?? "";
}

function toError({ status, text }: Reply): ActiondError {
  const problem = toProblem(text);
  const kind = kindOf(problem);
  const known = kind === undefined ? undefined : CLASSES[kind];
  if (known !== undefined) return new known(problem);
  return new ActiondError({
    status,
    detail: `The server answered with the status ${status}.`,
    ...problem,
  });
}

function toUnavailable(why: unknown, base: string): UnavailableError {
  if (why instanceof ActiondError)
    return new UnavailableError({
      detail: why.message,
      code: why.code,
      status: why.status,
      retryable: true,
    });
  return new UnavailableError(
    {
      detail: `${base} cannot be reached.`,
      code: "unreachable",
      retryable: true,
    },
    { cause: why },
  );
}

/** Which of the server's kinds of problems it is, even when the action chose a code of its own. */
function kindOf({ type }: Problem): string | undefined {
  return /^urn:actiond:problem:(\w+)$/.exec(type ?? "")?.[1];
}

/** @returns a problem without members when the text is not a problem, as when a proxy answered */
function toProblem(text: string): Problem {
  try {
    return (JSON.parse(text) ?? {}) as Problem;
  } catch {
    return {};
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

/** Reads server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
async function* readEvents({ body }: Response): AsyncGenerator<RunEvent> {
  if (body === null) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = toEvent(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** @returns undefined for a comment */
function toEvent(block: string): RunEvent | undefined {
  const fields: Record<string, string> = {};
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields[name] = value;
  }
  const { id = "", event = "message", data } = fields;
  if (data === undefined) return undefined;
  return { id, event, data: JSON.parse(data) as RunEvent["data"] };
}
