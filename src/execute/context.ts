/** The context of a run, as its action gets it, and what the code of a run prints. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Artifacts } from "../action/artifacts.ts";
import type {
  ActionLog,
  ActionRequest,
  RunContext,
} from "../action/definition.ts";
import { CHUNK } from "../action/chunks.ts";
import { toJson } from "../action/to-json.ts";
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import type { Log } from "../log.ts";
import { type LineLevel, toLogLine, toProgress } from "../run/kept-log/line.ts";
import type { RunId } from "../run/run.ts";
import type { Reports } from "./reports.ts";
import type { Task } from "./task.ts";

const running = new AsyncLocalStorage<TaskContext>();

/** The task whose code is running now, as far as that can be known. */
export function currentTask(): Task | undefined {
  return running.getStore()?.task;
}

/** Adds a line to the log of the run whose code is running now, if there is one. */
export function noteLine(
  level: LineLevel,
  message: string,
  fields?: Readonly<Record<string, unknown>>,
): void {
  running.getStore()?.note(level, message, fields);
}

interface Parts {
  readonly log: Log;
  readonly reports: Reports;
  /** Makes a step of an action's code a part of its trace; undefined where nothing is traced. */
  readonly trace?: RunContext["trace"] | undefined;
  readonly maxResultBytes: number;
  /** Finds the secrets of a run. */
  readonly secretsOf: (task: Task) => RunContext["secrets"];
  /** Makes what a run writes its artifacts with. */
  readonly artifacts: (task: Task) => Artifacts;
}

const callPlainly: RunContext["trace"] = (_, code) => code();

/** Most actions write no log: it is made when it is first asked for. */
export class TaskContext implements RunContext {
  readonly #task: Task;
  readonly #parts: Parts;
  #log: ActionLog | undefined;
  #artifacts: Artifacts | undefined;
  #request: ActionRequest | undefined;
  #chunkLength = 0;

  constructor(task: Task, parts: Parts) {
    this.#task = task;
    this.#parts = parts;
  }

  get task(): Task {
    return this.#task;
  }

  get signal(): AbortSignal {
    return this.#task.signal;
  }

  get runId(): RunId {
    return this.#task.id;
  }

  get requestId(): string {
    return this.#task.requestId;
  }

  get secrets(): RunContext["secrets"] {
    return this.#parts.secretsOf(this.#task);
  }

  get request(): ActionRequest {
    return (this.#request ??= toRequest(this.#task));
  }

  get caller(): string {
    return this.#task.callerName;
  }

  get attempt(): number {
    return this.#task.attempt;
  }

  get trace(): RunContext["trace"] {
    return this.#parts.trace ?? callPlainly;
  }

  get log(): ActionLog {
    this.#log ??= this.#openLog();
    return this.#log;
  }

  get artifacts(): Artifacts {
    return (this.#artifacts ??= this.#parts.artifacts(this.#task));
  }

  /** It can be taken out of the context, as in `run(input, { progress })`. */
  get progress(): RunContext["progress"] {
    return (fraction, message) => {
      const progress = toProgress(fraction, message);
      this.#parts.reports.progress(this.#task, progress);
    };
  }

  /** Tells what an `async *` function has yielded. */
  [CHUNK](chunk: unknown): void {
    const written = toJson(chunk);
    if ("reason" in written)
      throw new TypeError(
        `A chunk cannot be written as JSON: ${written.reason}.`,
      );
    this.#chunkLength += written.text.length;
    const { maxResultBytes } = this.#parts;
    if (this.#chunkLength > maxResultBytes)
      throw new RangeError(
        `The chunks of a run may have at most ${maxResultBytes} bytes together (--max-result-bytes).`,
      );
    this.#task.addChunk?.(written.text);
  }

  /** Calls the code, and whatever it starts, as that of this run. */
  enter(code: CatalogEntry["run"], input: unknown): unknown {
    return running.run(this, code, input, this);
  }

  note(
    level: LineLevel,
    message: string,
    fields?: Readonly<Record<string, unknown>>,
  ): void {
    this.#parts.reports.line(this.#task, toLogLine(level, message, fields));
  }

  #openLog(): ActionLog {
    const log = this.#parts.log.child({
      run_id: this.#task.id,
      action_id: this.#task.entry.address,
    });
    const at =
      (level: LineLevel): ActionLog["info"] =>
      (message, fields) => {
        log[level](message, fields);
        this.note(level, message, fields);
      };
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
    };
  }
}

function toRequest({ sent }: Task): ActionRequest {
  const { action, data, invocation } = sent?.contexts ?? {};
  return {
    headers: sent?.headers ?? new Headers(),
    cookies: sent?.cookies ?? {},
    actionContext: action,
    dataContext: data,
    invocationContext: invocation,
  };
}
