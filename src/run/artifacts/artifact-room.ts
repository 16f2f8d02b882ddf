/** How many bytes of artifacts there may be: of one run, and of all together. */
import type { RunId } from "../run.ts";
import type { ArtifactFolder, Room } from "./artifact-folder.ts";

/** What all runs together have left, and may leave. */
export class TotalRoom {
  readonly #max: number;
  #used = 0;
  /** What is kept elsewhere. */
  #others = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get left(): number {
    return Math.max(this.#max - this.#used - this.#others, 0);
  }

  /** Says how much is kept elsewhere, as far as is known. */
  learn(othersBytes: number): void {
    this.#others = othersBytes;
  }

  /** Counts what is there, however much it is. */
  add(bytes: number): void {
    this.#used += bytes;
  }

  giveBack(bytes: number): void {
    this.#used = Math.max(this.#used - bytes, 0);
  }

  /** @throws {Error} when there is not that much left */
  take(bytes: number): void {
    if (bytes > this.left)
      throw new Error(
        `The artifacts of all runs may have at most ${this.#max} bytes together (--max-total-artifact-bytes).`,
      );
    this.#used += bytes;
  }
}

/** @returns what finds how much a run may still write, once for all of its files */
export function ownRoom(
  folder: ArtifactFolder,
  id: RunId,
  limits: { readonly max: number; readonly total: TotalRoom },
): () => Promise<Room> {
  let room: Promise<Room> | undefined;
  return () =>
    (room ??= folder.bytesOf(id).then((used) => roomOf(used, limits)));
}

function roomOf(
  used: number,
  { max, total }: { readonly max: number; readonly total: TotalRoom },
): Room {
  let own = used;
  return {
    take(bytes) {
      if (own + bytes > max)
        throw new Error(
          `The artifacts of a run may have at most ${max} bytes (--max-artifact-bytes).`,
        );
      total.take(bytes);
      own += bytes;
    },
    giveBack(bytes) {
      own = Math.max(own - bytes, 0);
      total.giveBack(bytes);
    },
  };
}
