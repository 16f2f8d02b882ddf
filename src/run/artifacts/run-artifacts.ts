/** The artifacts of this server: written by its runs within limits, and gone with them. */
import type { Artifacts } from "../../action/artifacts.ts";
import type { Task } from "../../execute/task.ts";
import type { Log } from "../../log.ts";
import type { RunEvents } from "../events.ts";
import type { RunId } from "../run.ts";
import type { RunStore } from "../store.ts";
import type { ArtifactFolder } from "./artifact-folder.ts";
import { ownRoom, TotalRoom } from "./artifact-room.ts";

interface Parts {
  readonly folder: ArtifactFolder;
  readonly store: Pick<RunStore, "markArtifacts" | "find">;
  readonly events: RunEvents;
  readonly log: Log;
  /** Of one run. */
  readonly maxArtifactBytes: number;
  /** Of all runs. */
  readonly maxTotalArtifactBytes: number;
}

export class RunArtifacts implements Disposable {
  readonly #parts: Parts;
  readonly #total: TotalRoom;
  readonly #listening: Disposable;
  readonly #marked = new WeakSet<Task>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#total = new TotalRoom(parts.maxTotalArtifactBytes);
    this.#listening = parts.events.listen(["deleted"], ({ run }) => {
      this.forget([run.id]);
    });
  }

  /** Bytes that may still be written. */
  get left(): number {
    return this.#total.left;
  }

  /** @returns what the code of a run writes its artifacts with */
  of(task: Task): Artifacts {
    const { folder, maxArtifactBytes } = this.#parts;
    return folder.writer(task.id, {
      findRoom: ownRoom(folder, task.id, {
        max: maxArtifactBytes,
        total: this.#total,
      }),
      onWritten: () => {
        this.#mark(task);
      },
    });
  }

  /** A child process has written so many bytes for a run. */
  count(task: Task, bytes: number): void {
    this.#total.add(bytes);
    this.#mark(task);
  }

  /** Removes what runs have left that are no longer kept. */
  forget(ids: readonly RunId[]): void {
    for (const id of ids)
      this.#remove(id).catch((error: unknown) => {
        this.#parts.log.error("The artifacts of a run could not be deleted.", {
          run_id: id,
          error,
        });
      });
  }

  /** Counts what is there, and removes what a server that was killed has left of deleted runs. */
  async takeStock(): Promise<void> {
    const { folder, store, log } = this.#parts;
    try {
      for (const id of await folder.runs()) {
        if ((await store.find(id)) === undefined) await folder.delete(id);
        else this.#total.add(await folder.bytesOf(id));
      }
    } catch (error) {
      log.error("The existing artifacts could not be counted.", {
        error,
      });
    }
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  async #remove(id: RunId): Promise<void> {
    const bytes = await this.#parts.folder.bytesOf(id);
    await this.#parts.folder.delete(id);
    this.#total.giveBack(bytes);
  }

  /** Records that the run has artifacts, which its run object says. */
  #mark(task: Task): void {
    if (this.#marked.has(task)) return;
    this.#marked.add(task);
    this.#parts.store.markArtifacts(task.id).catch((error: unknown) => {
      this.#marked.delete(task);
      this.#parts.log.error("The artifacts of a run could not be recorded.", {
        run_id: task.id,
        error,
      });
    });
  }
}
