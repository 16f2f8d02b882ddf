/** Large texts on their way to the writing thread: handed over as bytes, where copying them would hold the event loop up. */
import { cutText } from "../../action/json-pieces.ts";
import { pause } from "../../time-slice.ts";
import type { Value } from "./hot-statement.ts";
import type { SentValue, SentWrite } from "./thread/messages.ts";
import type { Write } from "./thread/write/changes.ts";

/** Characters. Copying so many takes less than a millisecond. */
const LARGE_LENGTH = 262_144;
/** Characters that are encoded in one go: that takes a millisecond or two. */
const PIECE_LENGTH = 524_288;

/** Whether a batch with so many characters may have a large text in it. */
export function mayBeLarge(length: number): boolean {
  return length > LARGE_LENGTH;
}

/** Encodes the large texts of a batch in slices. @returns it, and the memory that changes hands */
export async function toSent(
  batch: readonly Write[],
): Promise<{ writes: SentWrite[]; transfer: ArrayBuffer[] }> {
  const encoder = new TextEncoder();
  const transfer: ArrayBuffer[] = [];
  const writes: SentWrite[] = [];
  for (const [name, ...values] of batch) {
    const sent: SentValue[] = [];
    for (const value of values) {
      if (typeof value !== "string" || value.length <= LARGE_LENGTH) {
        sent.push(value);
        continue;
      }
      const pieces: Uint8Array<ArrayBuffer>[] = [];
      for (const piece of cutText(value, PIECE_LENGTH)) {
        await pause();
        pieces.push(encoder.encode(piece));
      }
      sent.push(pieces);
      for (const { buffer } of pieces) transfer.push(buffer);
    }
    writes.push([name, ...sent]);
  }
  return { writes, transfer };
}

/** Undoes `toSent`, in the thread. */
export function toWrites(sent: readonly SentWrite[]): Write[] {
  return sent.map(([name, ...values]) => [name, ...values.map(toValue)]);
}

function toValue(value: SentValue): Value {
  if (value === null || typeof value !== "object") return value;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const parts = value.map((piece) => decoder.decode(piece, { stream: true }));
  return parts.join("") + decoder.decode();
}
