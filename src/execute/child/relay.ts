/** What a child process prints, on its way into the server's log and into the logs of its runs. */
import type { Log } from "../../log.ts";
import { toLogLine } from "../../run/kept-log/line.ts";
import type { Reports } from "../reports.ts";
import type { Task } from "../task.ts";
import { Marks } from "./marks.ts";
import { type Line, relayOutput } from "./output.ts";
import type { ChildProcess } from "./process.ts";

interface Parts {
  readonly log: Log;
  readonly reports: Reports;
}

export class Relay {
  /** Resolves when both streams have ended. */
  readonly ended: Promise<unknown>;
  readonly #pid: number;
  readonly #parts: Parts;
  readonly #marks = new Marks();
  #task: Task | undefined;

  constructor({ pid, stdout, stderr }: ChildProcess, parts: Parts) {
    this.#pid = pid;
    this.#parts = parts;
    const on = {
      onLine: (line: Line) => {
        this.#relay(line);
      },
      onMark: () => {
        this.#marks.add();
      },
    };
    this.ended = Promise.all([
      relayOutput({ stream: stdout, level: "info" }, on),
      relayOutput({ stream: stderr, level: "warn" }, on),
    ]);
  }

  /** Whose output it is from now on. What an idle child prints most likely comes from what its last task left behind. */
  follow(task: Task): void {
    this.#task = task;
  }

  /** @returns as `Marks.until` */
  until(markCount: number): Promise<void> | undefined {
    return this.#marks.until(markCount);
  }

  /** Warns of the child itself, naming its last task. */
  warn(message: string): void {
    this.#parts.log.warn(message, this.#toFields());
  }

  #relay({ level, message, fields }: Line): void {
    const { log, reports } = this.#parts;
    // What a child prints must not pass for the output of another run.
    log[level](message, { ...fields, ...this.#toFields() });
    if (this.#task === undefined) return;
    const { run_id: _run, action_id: _action, ...own } = fields;
    reports.line(this.#task, toLogLine(level, message, own));
  }

  #toFields(): Readonly<Record<string, unknown>> {
    const task = this.#task;
    if (task === undefined) return { child_pid: this.#pid };
    return {
      run_id: task.id,
      action_id: task.entry.address,
      child_pid: this.#pid,
    };
  }
}
