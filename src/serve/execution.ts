/** Accepts runs, decides whose turn it is, and calls their code. */
import { ByteBudget } from "../byte-budget.ts";
import { createPool, isIsolated } from "../execute/child/create-pool.ts";
import { createInProcessExecutor } from "../execute/in-process.ts";
import { LargeResults } from "../execute/large-results.ts";
import { requireSecrets } from "../execute/require-secrets.ts";
import type { Task } from "../execute/task.ts";
import { KeyQuota } from "../queue/key-quota.ts";
import { KeyShare } from "../queue/key-share.ts";
import { Scheduler } from "../queue/scheduler.ts";
import { RunAcceptor } from "../run/accept.ts";
import { Runner } from "../run/active/runner.ts";
import { ArtifactFolder } from "../run/artifacts/artifact-folder.ts";
import { RunArtifacts } from "../run/artifacts/run-artifacts.ts";
import { openFiles } from "../run/artifacts/run-files.ts";
import { CheckWorker } from "../run/input/check-worker.ts";
import { InputReader } from "../run/input/input-reader.ts";
import { readKeptInput } from "../run/input/kept-input.ts";
import { RunLogs } from "../run/kept-log/run-logs.ts";
import { SecretsFile } from "../secrets/secrets-file.ts";
import { sayMissing } from "../secrets/say-missing.ts";
import { Vault } from "../secrets/vault.ts";
import { StoredShare } from "../run/stored-share.ts";
import { FreeDisk } from "../store/free-disk.ts";
import type { Callbacks } from "./callbacks.ts";
import type { Ground } from "./ground.ts";

export type Execution = ReturnType<typeof openExecution>;

/**
 * @param options.main the program that a child process runs
 * @param options.checkThread URL of `run/input/check-thread.ts`
 */
export function openExecution(
  ground: Ground & Pick<Callbacks, "policy">,
  { main, checkThread }: { main: string; checkThread: string },
  opened: AsyncDisposableStack,
) {
  const { config, log, catalog, events, telemetry, storage } = ground;
  const { audit, keyring, heartbeat, policy } = ground;
  const { runs, fleet } = storage;
  const { maxResultBytes } = config;
  const { secretsFile, decryptKeys: keysOfContexts } = config;
  const vault = new Vault({
    environment: config.childEnvironment,
    keys: keysOfContexts,
    file:
      secretsFile === undefined
        ? undefined
        : opened.use(
            new SecretsFile(secretsFile, (error) => {
              log.error("The secrets could not be reloaded.", { error });
            }),
          ),
  });
  const secretsOf = ({ entry, sent }: Task) => vault.find(entry, sent).values;
  const share = new KeyShare(config.keyShare, (owner) =>
    keyring.othersOf(owner),
  );
  const scheduler = new Scheduler(
    {
      running: config.maxRunning,
      queued: config.maxQueued,
      children: config.maxChildren,
    },
    { share },
  );
  const turns = fleet?.turns ?? scheduler;
  const quota = new KeyQuota(
    config.maxRunsPerKey,
    () => fleet?.livingCount ?? 1,
  );
  const { maxLogBytes } = config;
  const logs = opened.use(
    new RunLogs({ store: storage.logs, events, log, maxLogBytes }),
  );
  const artifactFolder = new ArtifactFolder(config.data);
  const artifacts = opened.use(
    new RunArtifacts({
      ...config,
      folder: artifactFolder,
      shared: storage.artifacts,
      store: runs,
      events,
      log,
    }),
  );
  const held = new ByteBudget({
    maxBytes: config.maxHeldBytes,
    maxBytesPerKey: config.maxHeldBytes / 2,
  });
  const inProcess = createInProcessExecutor({
    log,
    reports: logs,
    artifacts: (task) => artifacts.of(task),
    secretsOf,
    maxResultBytes,
    large: new LargeResults({
      maxResultBytes,
      held,
      check: (order) => inputs.checkResult(order),
    }),
    heartbeat,
    trace: telemetry?.trace,
  });
  const pool = opened.use(
    createPool(config, {
      catalog: catalog.current,
      main,
      log,
      reports: logs,
      artifacts,
      secretsOf,
      isTraced: telemetry?.isTracing ?? false,
    }),
  );
  const call = (task: Task) =>
    isIsolated(task.entry) ? pool.execute(task) : inProcess(task);
  const callAndKeep = async (task: Task) => {
    try {
      return await call(task);
    } finally {
      await artifacts.keep(task);
    }
  };
  const isShared = storage.artifacts !== undefined;
  const execute = requireSecrets(isShared ? callAndKeep : call, vault);
  const inputs = new InputReader(
    config,
    opened.use(
      new CheckWorker({ thread: checkThread, maxMs: config.maxCheckMs }),
    ),
  );
  const runner = new Runner({
    store: runs,
    execute: telemetry?.around(execute) ?? execute,
    events,
    logs,
    log,
    readInput: (run) => readKeptInput(run, { store: runs, inputs, held }),
  });
  opened.use(
    catalog.onChange((current) => {
      sayMissing(current.list(), vault, log);
      scheduler.follow(current.list());
      fleet?.follow(current.list());
      pool.changeTo(current.version);
      if (current.list().some(isIsolated)) pool.start();
    }),
  );
  const disk = new FreeDisk(config.data, config.minFreeDiskBytes);
  const { findUsage } = storage;
  const stored =
    findUsage === undefined
      ? undefined
      : new StoredShare({
          share,
          freeBytes: () => disk.freeBytes - config.minFreeDiskBytes,
          storedBytes: () => storage.sizes().databaseBytes,
          findUsage,
          onError: (error) => {
            log.error(
              "How much disk space the runs of each key use could not be read.",
              {
                error,
              },
            );
          },
        });
  const acceptor = new RunAcceptor({
    catalog,
    turns,
    quota,
    inputs,
    secrets: vault,
    held,
    store: runs,
    runner,
    timeouts: config,
    checkCallback: (url, owner) => policy.checkAtAccept(url, owner),
    // A run that the audit log could not tell of is not begun.
    disk: {
      get trouble() {
        return disk.trouble ?? audit?.trouble;
      },
    },
    stored,
  });

  return {
    vault,
    share,
    scheduler,
    turns,
    quota,
    logs,
    files: openFiles(artifactFolder, storage.artifacts),
    artifacts,
    held,
    inputs,
    pool,
    runner,
    disk,
    acceptor,
  };
}
