/** Runs one action in this process, without a server: nothing is kept of the run. */
import { loadCatalog } from "./catalog/catalog.ts";
import type { CatalogEntry } from "./catalog/catalog-entry.ts";
import { provideSdk } from "./catalog/sdk-module.ts";
import { type InputError, UsageError } from "./errors.ts";
import { createInProcessExecutor } from "./execute/in-process.ts";
import { failed } from "./execute/outcome.ts";
import type { Reports } from "./execute/reports.ts";
import type { Task } from "./execute/task.ts";
import type { Log } from "./log.ts";
import { captureOutput, reportStrays } from "./process/guard.ts";
import { Heartbeat } from "./process/heartbeat.ts";
import {
  ArtifactFolder,
  ARTIFACTS,
  type Room,
} from "./run/artifacts/artifact-folder.ts";
import type { Outcome } from "./run/run.ts";
import type { Vault } from "./secrets/vault.ts";
import { MAX_TIMER_MS } from "./units.ts";

interface Once {
  readonly folder: string;
  /** `package/action` */
  readonly address: string;
  /** Makes the input for the schema of the action. */
  readonly toInput: (schema: CatalogEntry["inputSchema"]) => unknown;
  /** Aborts when the run is to end early. */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly vault: Pick<Vault, "find">;
}

/**
 * @throws {CatalogError} the folder cannot be loaded
 * @throws {UsageError} there is no such action, or it does not take the input
 */
export async function runOnce({
  folder,
  address,
  toInput,
  signal,
  log,
  vault,
}: Once): Promise<Outcome> {
  provideSdk();
  const catalog = await loadCatalog({ folder });
  for (const notice of catalog.notices) log.warn(notice);
  const entry = catalog.list().find((each) => each.address === address);
  if (entry === undefined) throw unknown(address, catalog.list());
  const checked = entry.checkInput(toInput(entry.inputSchema));
  if (!checked.ok) throw refused(address, checked.errors);
  const { values, missing } = vault.find(entry, undefined);
  if (missing.length > 0) throw lacking(address, missing);
  reportStrays(log, () => catalog.list());
  captureOutput(log);
  // In the folder that the command was given in.
  const artifacts = new ArtifactFolder(".");
  const execute = createInProcessExecutor({
    log,
    reports: toReports(log),
    artifacts: ({ id }) =>
      artifacts.writer(id, {
        findRoom: async () => UNLIMITED,
        onWritten: () => {
          log.info(`Artifacts are in ${ARTIFACTS}/${id}.`);
        },
      }),
    secretsOf: () => values,
    maxResultBytes: Infinity,
    heartbeat: new Heartbeat(),
  });
  const clock = new RunClock(entry.action.runTimeoutMs, signal);
  using _ = clock;
  const outcome = await execute({
    id: Bun.randomUUIDv7(),
    package: entry.package,
    action: entry.name,
    owner: "",
    callbackUrl: null,
    createdAt: Date.now(),
    traceparent: null,
    tracestate: null,
    requestId: "",
    attempt: 1,
    entry,
    input: checked.value,
    sent: undefined,
    callerName: "",
    signal: clock.signal,
    get isEndedEarly() {
      return clock.signal.aborted;
    },
  });
  return clock.isOver ? failed("run_timed_out", clock.message) : outcome;
}

const UNLIMITED: Room = {
  take: () => undefined,
  giveBack: () => undefined,
};

/** Lines are in the log already: what is kept of a run on a server is only shown here. */
function toReports(log: Log): Reports {
  const fieldsOf = (task: Task) => ({
    run_id: task.id,
    action_id: task.entry.address,
  });
  return {
    line: () => undefined,
    thrown(task, message, error) {
      log.warn(message, { ...fieldsOf(task), error });
    },
    progress(task, { fraction, message }) {
      const percent = `${Math.round(fraction * 100)} %`;
      log.info(message === null ? percent : `${percent}: ${message}`, {
        ...fieldsOf(task),
      });
    },
  };
}

/** Aborts the signal of the run when its time is up, or when it is to end early. */
class RunClock implements Disposable {
  readonly signal: AbortSignal;
  readonly message: string;
  isOver = false;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, outer: AbortSignal) {
    const controller = new AbortController();
    this.message = `The run did not end within ${ms / 1000} s.`;
    this.signal = AbortSignal.any([outer, controller.signal]);
    if (ms > MAX_TIMER_MS) return;
    this.#timer = setTimeout(() => {
      this.isOver = true;
      controller.abort(new DOMException(this.message, "AbortError"));
    }, ms);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

function unknown(
  address: string,
  entries: readonly CatalogEntry[],
): UsageError {
  const known = entries.map((entry) => entry.address).join(", ");
  return new UsageError(
    `There is no action "${address}". The actions are ${known}.`,
  );
}

function lacking(address: string, missing: readonly string[]): UsageError {
  return new UsageError(
    `${address} needs the ${missing.length === 1 ? "secret" : "secrets"} ${missing.join(", ")}: give it with --secrets-file or as an environment variable.`,
  );
}

function refused(address: string, errors: readonly InputError[]): UsageError {
  const places = errors.map(({ path, message }) =>
    path === "" ? message : `${path}: ${message}`,
  );
  return new UsageError(
    `The input does not match the input schema of ${address}: ${places.join("; ")}.`,
  );
}
