/** What a child tells the server of the code that it runs. Lines go through its log, on standard error. */
import { writeSync } from "node:fs";
import { toLoggable } from "../../loggable.ts";
import type { Progress } from "../../run/kept-log/line.ts";
import type { Reports } from "../reports.ts";
import type { Task } from "../task.ts";
import type { ToServer } from "./wire.ts";

/** The line on standard error behind which there is nothing of the run that has ended. */
export const MARK = '{"level":"mark"}';

const STDERR = 2;
/** How often progress is told at most: code may say it for every row of a table. */
const PROGRESS_MS = 50;

export class ChildReports implements Reports {
  readonly #tell: (message: ToServer) => void;
  #hasLines = false;
  #markCount = 0;
  #progress: Progress | undefined;
  #toldAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (message: ToServer) => void) {
    this.#tell = tell;
  }

  line(): void {
    this.#hasLines = true;
  }

  thrown(_task: Task, message: string, error: unknown): void {
    this.#tell({
      kind: "thrown",
      message,
      error: toJson(toLoggable(error)),
      markCount: this.#mark(),
    });
  }

  progress(_task: Task, progress: Progress): void {
    this.#progress = progress;
    const restMs = this.#toldAt + PROGRESS_MS - performance.now();
    if (restMs <= 0) this.#tellProgress();
    else
      this.#timer ??= setTimeout(() => {
        this.#tellProgress();
      }, restMs);
  }

  /**
   * Says that the code of a run has ended.
   *
   * @returns how many marks there are on standard error: after the last one there is nothing of this run
   */
  end(): number {
    this.#tellProgress();
    return this.#mark();
  }

  /** Marks where the lines so far end, if there are any since the last mark. @returns how many marks there are */
  #mark(): number {
    if (!this.#hasLines) return this.#markCount;
    this.#hasLines = false;
    try {
      writeSync(STDERR, `${MARK}\n`);
      this.#markCount += 1;
    } catch {
      // Nobody reads it any more.
    }
    return this.#markCount;
  }

  #tellProgress(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const progress = this.#progress;
    if (progress === undefined) return;
    this.#progress = undefined;
    this.#toldAt = performance.now();
    this.#tell({ kind: "progress", progress });
  }
}

/** Structured cloning refuses functions, which JSON leaves out. */
function toJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? "null") as unknown;
}
