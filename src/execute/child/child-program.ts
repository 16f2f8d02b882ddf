/** The program of a child process: it runs actions for the server, one at a time, until the server has ended. */
import { writeFileSync } from "node:fs";
import { cutText } from "../../action/json-pieces.ts";
import { type LoadedCatalog, loadCatalog } from "../../catalog/catalog.ts";
import { readVersion } from "../../catalog/code.ts";
import { provideSdk } from "../../catalog/sdk-module.ts";
import { createLog } from "../../log.ts";
import { createInProcessExecutor } from "../in-process.ts";
import { ChildReports } from "./child-reports.ts";
import { ChildWriter } from "./child-writer.ts";
import type { Executor, Task } from "../task.ts";
import { captureOutput, reportStrays } from "../../process/guard.ts";
import { hide } from "../../hidden.ts";
import { failed, toFailed } from "../outcome.ts";
import { Heartbeat } from "../../process/heartbeat.ts";
import type { Outcome, RunId } from "../../run/run.ts";
import { SentRequest } from "../../secrets/sent-request.ts";
import type { Secrets } from "../../secrets/vault.ts";
import type { Setup, ToChild, ToServer } from "./wire.ts";

/** Follows the code of runs, where that is traced. */
export interface CodeTracing {
  /** @returns what executes as `execute` does, in the trace of its task */
  around(execute: Executor): Executor;
  /** Makes a step of an action's code a part of the trace. */
  readonly trace: <Value>(name: string, code: () => Value) => Value;
  /** Resolves when what was traced is sent, or cannot be. */
  flush(): Promise<void>;
}

type RunMessage = Extract<ToChild, { kind: "run" }>;

// Taken before an action can replace them.
const exit = process.reallyExit.bind(process);
const send = process.send?.bind(process);

/** The score of a child on the scale from -1000 to 1000; the process with the highest score is killed first. */
const OOM_SCORE = "500";

/**
 * Serves the process that started this one. A child has no children of its own.
 *
 * @param openTracing is called when the code of its actions is traced
 */
export function runChild(openTracing: () => Promise<CodeTracing>): void {
  ignoreSignals();
  raiseOomScore();
  let actions: Actions | undefined;
  process.on("disconnect", () => {
    const flushed = actions?.tracing?.flush();
    if (flushed === undefined) exit(0);
    void flushed?.finally(() => exit(0));
  });
  let running: AbortController | undefined;
  const receive = async (message: ToChild) => {
    switch (message.kind) {
      case "setup":
        actions = await setUp(
          message,
          message.isTraced ? await openTracing() : undefined,
        );
        tell({ kind: "ready", version: actions.catalog.version });
        break;
      case "abort":
        running?.abort(new DOMException(message.message, "AbortError"));
        break;
      case "run":
        running = new AbortController();
        tell({ kind: "taken" });
        await carry(message, actions as Actions, running.signal);
    }
  };
  process.on("message", (message: ToChild) => {
    void receive(message);
  });
  hideChannel();
}

interface Actions {
  readonly catalog: LoadedCatalog;
  readonly reports: ChildReports;
  readonly artifacts: ChildWriter;
  /** Those of the run that goes on: what earlier ones have left behind does not get them. */
  readonly secrets: Map<RunId, Secrets>;
  readonly execute: Executor;
  readonly tracing: CodeTracing | undefined;
}

/**
 * Ignores the signals that a terminal, or a supervisor that stops every process of a service, also sends to the children:
 * the server lets them continue until its runs have ended.
 */
function ignoreSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => undefined);
}

/** Characters of a part of a large result. */
const PART_LENGTH = 1_000_000;

/** Makes the system kill a child instead of the server when it runs out of memory: https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html */
function raiseOomScore(): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", OOM_SCORE);
  } catch {
    // Other systems do not have this file, and some do not allow writing it.
  }
}

/** Hides the channel from actions: the server would take what they send for messages of this program. */
function hideChannel(): void {
  Object.assign(process, { send: undefined, disconnect: undefined });
}

async function setUp(
  setup: Setup,
  tracing: CodeTracing | undefined,
): Promise<Actions> {
  provideSdk();
  // The log of a run has lines of every level; which of them the log of the server has, the server decides.
  const log = createLog({ format: "json", level: "debug" });
  let catalog: LoadedCatalog | undefined;
  reportStrays(log, () => catalog?.list() ?? []);
  captureOutput(log);
  try {
    const { actions: folder, isolation } = setup;
    catalog = await loadCatalog({ folder, isolation });
    if (readVersion(folder) !== catalog.version)
      throw new Error(
        "The actions in the folder changed while they were loaded.",
      );
  } catch (error) {
    tell({
      kind: "broken",
      reason: error instanceof Error ? error.message : String(error),
    });
    return exit(1);
  }
  const { maxResultBytes } = setup;
  const heartbeat = new Heartbeat();
  const reports = new ChildReports(tell);
  const { data, maxArtifactBytes } = setup;
  const secrets = new Map<RunId, Secrets>();
  const artifacts = new ChildWriter({ data, maxArtifactBytes, tell });
  const execute = createInProcessExecutor({
    log,
    reports,
    artifacts: (task) => artifacts.of(task),
    secretsOf: ({ id }) => secrets.get(id) ?? {},
    maxResultBytes,
    heartbeat,
    trace: tracing?.trace,
  });
  return {
    catalog,
    reports,
    artifacts,
    secrets,
    execute: tracing?.around(execute) ?? execute,
    tracing,
  };
}

async function carry(
  run: RunMessage,
  actions: Actions,
  signal: AbortSignal,
): Promise<void> {
  actions.artifacts.room = run.artifactRoom;
  const outcome = tellParts(await toOutcome(runTask(run, actions, signal)));
  const markCount = actions.reports.end();
  tell({ kind: "ended", outcome, markCount });
}

/** A message of tens of megabytes would hold the server's event loop up. */
function tellParts(outcome: Outcome): Outcome {
  if (outcome.status !== "passed" || outcome.result.length <= PART_LENGTH)
    return outcome;
  for (const text of cutText(outcome.result, PART_LENGTH))
    tell({ kind: "part", text });
  return { ...outcome, result: "" };
}

async function runTask(
  run: RunMessage,
  { catalog, execute, secrets }: Actions,
  signal: AbortSignal,
): Promise<Outcome> {
  const entry = catalog.find(run.package, run.action);
  if (entry === undefined)
    return failed(
      "action_not_found",
      `The action ${run.package}/${run.action} is no longer in the actions folder.`,
    );
  let input = JSON.parse(run.input) as unknown;
  // The run was accepted before the actions were loaded again.
  if (run.version !== catalog.version) {
    const checked = entry.checkInput(input);
    if (!checked.ok)
      return failed(
        "invalid_input",
        `The input does not match the input schema that ${entry.address} has since its file was changed.`,
      );
    input = checked.value;
  }
  const sent = toSent(run);
  using held = hideAll(run, sent);
  held.defer(() => secrets.delete(run.id));
  const task: Task = {
    ...run,
    sent,
    // What only the server needs to know.
    owner: "",
    callbackUrl: null,
    createdAt: 0,
    entry,
    input,
    signal,
    get isEndedEarly() {
      return signal.aborted;
    },
    addChunk: (text) => {
      tell({ kind: "chunk", text });
    },
  };
  secrets.set(run.id, run.secrets);
  return await execute(task);
}

function toSent({ sent }: RunMessage): SentRequest | undefined {
  if (sent === undefined) return undefined;
  const headers = new Headers(sent.headers as [string, string][]);
  if (sent.cookie !== null) headers.set("cookie", sent.cookie);
  return new SentRequest(headers, sent.contexts);
}

/** Nothing that this process logs has secrets of the run. */
function hideAll(
  { secrets }: RunMessage,
  sent: SentRequest | undefined,
): DisposableStack {
  const hidden = new DisposableStack();
  hidden.use(sent);
  hidden.use(hide(Object.values(secrets)));
  return hidden;
}

/** Makes an outcome that can be sent: structured cloning accepts other values than JSON, in which an error is stored. */
async function toOutcome(ended: Promise<Outcome>): Promise<Outcome> {
  try {
    const outcome = await ended;
    if (outcome.status === "passed") return outcome;
    return JSON.parse(JSON.stringify(outcome)) as Outcome;
  } catch (error) {
    return toFailed(error);
  }
}

function tell(message: ToServer): void {
  send?.(message);
}
