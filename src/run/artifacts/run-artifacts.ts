/** The artifacts of this server: written by its runs within limits, and gone with them. */
import type { Artifacts } from "../../action/artifacts.ts";
import { ServerError } from "../../errors.ts";
import type { Task } from "../../execute/task.ts";
import type { Log } from "../../log.ts";
import type { RunEvents } from "../events.ts";
import { untilStored } from "../active/until-stored.ts";
import { isFinished, type RunId } from "../run.ts";
import type { RunStore } from "../store.ts";
import type { ArtifactFolder } from "./artifact-folder.ts";
import { ownRoom, TotalRoom } from "./artifact-room.ts";
import type { ArtifactStore } from "./artifact-store.ts";

/** How old the known size of what processes share may be for code in child processes. */
const OLD_MS = 1000;

interface Parts {
  readonly folder: ArtifactFolder;
  /** Where files go whose run has no code any more; undefined where they stay in the folder. */
  readonly shared: ArtifactStore | undefined;
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
  #lookedAt = -Infinity;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#total = new TotalRoom(parts.maxTotalArtifactBytes);
    this.#listening = parts.events.listen(["deleted"], ({ run }) => {
      this.forget([run.id]);
    });
  }

  /** Bytes that may still be written. */
  get left(): number {
    if (performance.now() - this.#lookedAt > OLD_MS) void this.#look();
    return this.#total.left;
  }

  /** @returns what the code of a run writes its artifacts with */
  of(task: Task): Artifacts {
    const { folder, maxArtifactBytes } = this.#parts;
    const findRoom = ownRoom(folder, task.id, {
      max: maxArtifactBytes,
      total: this.#total,
    });
    return folder.writer(task.id, {
      findRoom: async () => {
        await this.#look();
        return await findRoom();
      },
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

  /** Shares the files of a run whose code has ended: whoever hears of its outcome finds them. */
  async keep(task: Task): Promise<void> {
    if (this.#parts.shared === undefined || !this.#marked.has(task)) return;
    try {
      await this.#share(task.id, this.#parts.shared);
    } catch (error) {
      // The next start shares what is still in the folder.
      if (!(error instanceof ServerError)) throw error;
    }
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
    const { folder, shared, store, log } = this.#parts;
    try {
      for (const id of await folder.runs()) {
        const run = await store.find(id);
        if (run === undefined) await folder.delete(id);
        else this.#total.add(await folder.bytesOf(id));
        if (shared !== undefined && run !== undefined && isFinished(run))
          await this.#share(id, shared);
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

  async #share(id: RunId, shared: ArtifactStore): Promise<void> {
    const { folder, store, log } = this.#parts;
    const untilKept = (write: () => Promise<unknown>) =>
      untilStored(write, (error) => {
        log.error("The artifacts of a run cannot be stored yet.", {
          run_id: id,
          error,
        });
      });
    // Its answer also says that the run itself is recorded.
    await untilKept(() => store.markArtifacts(id));
    for (const artifact of await folder.list(id)) {
      const file = await folder.find(id, artifact.name);
      if (file !== undefined)
        await untilKept(() => shared.put(id, artifact, file));
    }
    await this.#look();
    await this.#remove(id);
  }

  /** Learns how much is shared. What it was is good enough while the store does not answer. */
  async #look(): Promise<void> {
    const { shared } = this.#parts;
    if (shared === undefined) return;
    this.#lookedAt = performance.now();
    const bytes = await shared.totalBytes().catch(() => undefined);
    if (bytes !== undefined) this.#total.learn(bytes);
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
