/** Keeps what runs log, in batches beside them: a run that logs nothing costs nothing. */
import type { Reports } from "../../execute/reports.ts";
import type { Task } from "../../execute/task.ts";
import type { Log } from "../../log.ts";
import type { RunEvents, RunFacts } from "../events.ts";
import type { RunId } from "../run.ts";
import { toFactEntry, toLineEntry } from "./entry.ts";
import { type LogLine, type Progress, toLogLine } from "./line.ts";
import type {
  KeptEntries,
  KeptProgress,
  LogReader,
  LogStore,
} from "./log-store.ts";
import { OpenLog } from "./open-log.ts";

interface Parts {
  readonly store: LogStore;
  readonly events: RunEvents;
  readonly log: Log;
  /** What is kept of one run at most, in bytes. */
  readonly maxLogBytes: number;
}

/** How long lines wait for others before they are written together. */
const GATHER_MS = 50;
/** Bytes of one run that do not wait for more. */
const BATCH_BYTES = 64 * 1024;
/** Logs in memory beyond which those of runs that ended long ago are closed. */
const MAX_OPEN = 10_000;

/** Lines and progress are published when they are on disk. */
export class RunLogs implements Reports, LogReader, AsyncDisposable {
  readonly #parts: Parts;
  readonly #open = new Map<RunId, OpenLog>();
  readonly #listening: Disposable;
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#listening = parts.events.listen(
      ["attempt_failed", "started", "unheard"],
      (event) => {
        // The first start is known from the run itself.
        if (event.kind === "started" && event.attempt === 1) return;
        this.#find(event.run).addEntry(toFactEntry(event));
        this.#gather();
      },
    );
  }

  line(task: Task, line: LogLine): void {
    this.#add(task, line);
  }

  /** It is kept however much the run has logged before. */
  thrown(task: Task, message: string, error: unknown): void {
    this.#parts.log.warn(message, {
      run_id: task.id,
      action_id: task.entry.address,
      error,
    });
    this.#add(task, toLogLine("error", message, { error }), true);
  }

  progress(task: Task, progress: Progress): void {
    this.#find(task).setProgress(progress);
    this.#gather();
  }

  /** Whoever listens to a run and then reads misses nothing: what waits is written first. */
  async findAfter(id: RunId, seq: number): Promise<KeptEntries | undefined> {
    await this.flush(id);
    return await this.#parts.store.findAfter(id, seq);
  }

  async findProgress(id: RunId): Promise<KeptProgress | undefined> {
    await this.flush(id);
    return await this.#parts.store.findProgress(id);
  }

  /**
   * Writes what a run has logged so far, before whatever is written next.
   *
   * @returns resolves when it was published; undefined when there is nothing to write
   */
  flush(id: RunId): Promise<void> | undefined {
    const open = this.#open.get(id);
    return open === undefined ? undefined : this.#write(open);
  }

  /** Writes what a run has logged, and forgets the run. */
  close(id: RunId): Promise<void> | undefined {
    const written = this.flush(id);
    this.#open.delete(id);
    return written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening[Symbol.dispose]();
    this.#flushAll();
    await Promise.all(this.#underWay);
  }

  #add(run: RunFacts, line: LogLine, isAlwaysKept = false): void {
    const open = this.#find(run);
    const at = Date.now();
    open.addLine(
      { line, at, text: toLineEntry(line, at) },
      isAlwaysKept ? Infinity : this.#parts.maxLogBytes,
    );
    this.#gather(open.waitingBytes < BATCH_BYTES ? GATHER_MS : 0);
  }

  #find(run: RunFacts): OpenLog {
    let open = this.#open.get(run.id);
    if (open === undefined) {
      open = new OpenLog(run);
      this.#open.set(run.id, open);
      if (this.#open.size > MAX_OPEN) this.#closeOldest();
    }
    return open;
  }

  #closeOldest(): void {
    const [oldest] = this.#open.keys();
    if (oldest !== undefined) void this.close(oldest);
  }

  /** Never writes at once: the code of a run may be called before the run itself is written, in the same turn. */
  #gather(ms = GATHER_MS): void {
    if (ms === 0) {
      this.#immediate ??= setImmediate(() => {
        this.#flushAll();
      });
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#flushAll();
    }, ms);
  }

  #flushAll(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    for (const open of this.#open.values()) void this.#write(open);
  }

  #write(open: OpenLog): Promise<void> | undefined {
    const written = [...this.#takeAll(open)];
    if (written.length === 0) return undefined;
    const all = Promise.all(written).then(() => {
      this.#underWay.delete(all);
    });
    this.#underWay.add(all);
    return all;
  }

  *#takeAll(open: OpenLog): Generator<Promise<void>> {
    const { store, events } = this.#parts;
    const { run } = open;
    for (;;) {
      const entries = open.takeEntries(BATCH_BYTES);
      if (entries === undefined) break;
      const kept = store.append(run.id, entries).then((answer) => {
        if (answer === undefined) return;
        open.learn(answer.bytes);
        this.#publish(run, entries.lines, answer.lastSeq);
      });
      yield this.#untilKept(kept, open, entries.count);
    }
    const progress = open.takeProgress();
    if (progress === undefined) return;
    const kept = store.setProgress(run.id, progress).then(() => {
      events.publish(run, { kind: "progress", progress });
    });
    yield this.#untilKept(kept, open, 0);
  }

  #untilKept(
    kept: Promise<void>,
    open: OpenLog,
    lineCount: number,
  ): Promise<void> {
    return kept.catch((error: unknown) => {
      open.lose(lineCount);
      this.#parts.log.error("Lines of a run's log could not be kept.", {
        run_id: open.run.id,
        error,
      });
    });
  }

  #publish(
    run: RunFacts,
    lines: readonly ({ line: LogLine; at: number } | undefined)[],
    lastSeq: number,
  ): void {
    const { events } = this.#parts;
    if (!events.isHeard("log")) return;
    let seq = lastSeq - lines.length;
    for (const entry of lines) {
      seq += 1;
      if (entry === undefined) continue;
      const { line, at } = entry;
      events.publish(run, { kind: "log", seq, lineAt: at, line });
    }
  }
}
