/** The module that tests of actions import as "actiond/test": it calls actions as the server does, without a server. */
import type { Action } from "./action/action.ts";
import { findNameMistake } from "./action/artifact-name.ts";
import type { ResultOf, Schema } from "./action/schema/infer.ts";
import type { Artifacts } from "./action/artifacts.ts";
import type { ActionRequest, RunContext } from "./action/definition.ts";
import { compileInput, compileOutput } from "./action/schema/schema.ts";
import { toJson } from "./action/to-json.ts";
import type { InputError } from "./errors.ts";

/** A line that the action has written with `context.log`. */
export interface TestLogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Record<string, unknown> | undefined;
}

/** A context whose clock and signal the test moves, and which keeps what the action has said. */
export interface TestContext extends RunContext {
  /** Every line of the log so far. */
  readonly lines: readonly TestLogLine[];
  /** Every call of `progress` so far. */
  readonly steps: readonly {
    readonly fraction: number;
    readonly message: string | undefined;
  }[];
  /** Every artifact that is complete, by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Lets this many seconds pass on the clock of the run. Past its `runTimeout` the signal aborts, as on the server. */
  advance(seconds: number): void;
  /** Aborts the signal as a cancelled run does. */
  cancel(): void;
}

/** The input does not match the schema of the action. A server would refuse it with `invalid_input`. */
export class InputRefused extends Error {
  override readonly name = "InputRefused";
  readonly errors: readonly InputError[];

  constructor(errors: readonly InputError[]) {
    super(`The input does not match the input schema: ${describe(errors)}.`);
    this.errors = errors;
  }
}

/** The result does not match the schema of the action. On a server the run would fail with `invalid_result`. */
export class ResultRefused extends Error {
  override readonly name = "ResultRefused";
  readonly errors: readonly InputError[];

  constructor(errors: readonly InputError[]) {
    super(`The result does not match the output schema: ${describe(errors)}.`);
    this.errors = errors;
  }
}

/**
 * Makes a context for one run.
 *
 * @param options.runTimeout seconds until `advance` aborts the signal; without it there is no limit
 */
export function makeContext(
  options: {
    runId?: string;
    requestId?: string;
    attempt?: number;
    runTimeout?: number;
    secrets?: Readonly<Record<string, string>>;
    request?: Partial<ActionRequest>;
    caller?: string;
  } = {},
): TestContext {
  const { runTimeout = Infinity } = options;
  const controller = new AbortController();
  const lines: TestLogLine[] = [];
  const steps: { fraction: number; message: string | undefined }[] = [];
  const files = new Map<string, Uint8Array>();
  let seconds = 0;
  const abort = (message: string) => {
    controller.abort(new DOMException(message, "AbortError"));
  };
  const write =
    (level: TestLogLine["level"]) =>
    (message: string, fields?: Record<string, unknown>) => {
      lines.push({ level, message, fields });
    };
  return {
    signal: controller.signal,
    log: {
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
    },
    progress(fraction, message) {
      steps.push({ fraction, message });
    },
    artifacts: toArtifacts(files),
    runId: options.runId ?? Bun.randomUUIDv7(),
    requestId: options.requestId ?? "",
    attempt: options.attempt ?? 1,
    secrets: options.secrets ?? {},
    request: {
      headers: new Headers(),
      cookies: {},
      actionContext: undefined,
      dataContext: undefined,
      invocationContext: undefined,
      ...options.request,
    },
    caller: options.caller ?? "",
    trace: (_, code) => code(),
    lines,
    steps,
    files,
    advance(passed) {
      seconds += passed;
      if (seconds >= runTimeout)
        abort(`The run did not end within ${runTimeout} s.`);
    },
    cancel() {
      abort("The run was cancelled.");
    },
  };
}

/**
 * Calls an action as the server does: the input is checked and its defaults are filled in, the result is checked, too, and
 * comes back as JSON carries it.
 *
 * @param input what a caller would send
 * @throws {InputRefused} the input does not match its schema
 * @throws {ResultRefused} the result does not match its schema
 * @throws {unknown} whatever the action throws
 */
export async function callAction<Output extends Schema>(
  action: Action<Schema, Output>,
  input: unknown = {},
  context: RunContext = makeContext(),
): Promise<ResultOf<Output>> {
  const checked = compileInput(action.input)(structuredClone(input));
  if (!checked.ok) throw new InputRefused(checked.errors);
  const written = toJson(await action.run(checked.value, context));
  if ("reason" in written)
    throw new ResultRefused([
      { path: "", message: `cannot be written as JSON: ${written.reason}` },
    ]);
  const errors = compileOutput(action.output)(written.sent);
  if (errors.length > 0) throw new ResultRefused(errors);
  return JSON.parse(written.text) as ResultOf<Output>;
}

/** Keeps in memory what a server would write into files. */
function toArtifacts(files: Map<string, Uint8Array>): Artifacts {
  const refuse = (name: string) => {
    const mistake = findNameMistake(name);
    if (mistake !== undefined) throw new TypeError(mistake);
  };
  return {
    async write(name, data) {
      refuse(name);
      const whole = data instanceof Response ? data : new Response(data);
      const bytes = new Uint8Array(await whole.arrayBuffer());
      files.set(name, bytes);
      return bytes.length;
    },
    stream(name) {
      refuse(name);
      const chunks: Uint8Array[] = [];
      return new WritableStream({
        write: (chunk) => void chunks.push(Buffer.from(chunk)),
        close: () => void files.set(name, Buffer.concat(chunks)),
      });
    },
  };
}

function describe(errors: readonly InputError[]): string {
  return errors
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`))
    .join("; ");
}
