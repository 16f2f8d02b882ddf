/** What a callback carries: a small body is read whole, a large result piece by piece from the store whenever it is needed. */
import type { OutcomeSize } from "../run/delivery/delivery.ts";
import type { Run, RunId } from "../run/run.ts";
import type { RunStore } from "../run/store.ts";
import { pause } from "../time-slice.ts";

/** A body of more bytes is read in pieces of so many. */
const PIECE_BYTES = 1024 ** 2;
/** There are no more pieces than this, because the store may have to read all that is before one: larger bodies have larger ones. */
const MAX_PIECES = 16;
/** One is being sent while the next one is read. */
const HELD_PIECES = 2;

export interface Body {
  readonly byteCount: number;
  /** Undefined for one that is read in pieces. */
  readonly text: string | undefined;
  /** May be called again. */
  pieces(): AsyncIterable<Uint8Array>;
}

function isLarge({ byteCount, isResult }: OutcomeSize): boolean {
  return isResult && byteCount > PIECE_BYTES;
}

function pieceBytes(byteCount: number): number {
  return Math.max(PIECE_BYTES, Math.ceil(byteCount / MAX_PIECES));
}

/** @returns how many bytes of memory its body takes */
export function memoryOf(size: OutcomeSize): number {
  return isLarge(size)
    ? pieceBytes(size.byteCount) * HELD_PIECES
    : size.byteCount;
}

/** A body whose text is known. */
export function toBody(text: string): Body {
  const bytes = Buffer.from(text);
  return {
    byteCount: bytes.length,
    text,
    async *pieces() {
      for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
        if (from > 0) await pause();
        yield bytes.subarray(from, from + PIECE_BYTES);
      }
    },
  };
}

interface Parts {
  readonly runs: Pick<RunStore, "find" | "findLean" | "readResult">;
  /** @returns the JSON that the callback of a finished run carries */
  readonly toText: (run: Run) => string;
}

export class Bodies {
  readonly #parts: Parts;
  /** One piece is read at a time: other look-ups come in between. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @returns the run, whose large result is left out, and the body of its callback */
  async open(
    id: RunId,
    size: OutcomeSize,
  ): Promise<{ run: Run; body: Body } | undefined> {
    const { runs, toText } = this.#parts;
    if (!isLarge(size)) {
      const run = await runs.find(id);
      return run && { run, body: toBody(toText(run)) };
    }
    const run = await runs.findLean(id);
    return run && { run, body: this.#inPieces(id, size.byteCount) };
  }

  #inPieces(id: RunId, byteCount: number): Body {
    const read = (from: number) => this.#read(id, from, pieceBytes(byteCount));
    return {
      byteCount,
      text: undefined,
      async *pieces() {
        for (let from = 0; from < byteCount;) {
          const piece = await read(from);
          if (piece.length === 0 || from + piece.length > byteCount)
            throw new Error(`The result of the run ${id} has changed.`);
          yield piece;
          from += piece.length;
        }
      },
    };
  }

  async #read(id: RunId, from: number, byteCount: number): Promise<Uint8Array> {
    const { runs } = this.#parts;
    const read = this.#last
      .catch(() => undefined)
      .then(() => runs.readResult(id, from, byteCount));
    this.#last = read;
    return await read;
  }
}
