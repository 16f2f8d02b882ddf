/** Large texts on their way between the event loop and the threads: handed over as bytes, where copying them would hold the loop up. */
import { cutText } from "../../action/json-pieces.ts";
import { pause } from "../../time-slice.ts";
import type { Row, SentRow, SentValue, Value } from "./hot-statement.ts";
import type { SentWrite } from "./thread/messages.ts";
import type { Write } from "./thread/write/changes.ts";

/** Characters. Copying so many takes less than a millisecond. */
const LARGE_LENGTH = 262_144;
/** Characters that are encoded in one go, and bytes that are decoded: that takes a millisecond or two. */
const PIECE_LENGTH = 524_288;

const encoder = new TextEncoder();

/** Whether a batch with so many characters may have a large text in it. */
export function mayBeLarge(length: number): boolean {
  return length > LARGE_LENGTH;
}

/** Encodes the large texts of a batch in slices. */
export async function toSent(batch: readonly Write[]): Promise<SentWrite[]> {
  const writes: SentWrite[] = [];
  for (const [name, ...values] of batch) {
    const sent: SentValue[] = [];
    for (const value of values)
      sent.push(isLarge(value) ? await encodeInSlices(value) : value);
    writes.push([name, ...sent]);
  }
  return writes;
}

/** Encodes the large texts of a row, in the thread. */
export function toSentRow(row: Row): SentRow {
  return row.some(isLarge)
    ? row.map((value) =>
        isLarge(value)
          ? [...cutText(value, PIECE_LENGTH)].map((piece) =>
              encoder.encode(piece),
            )
          : value,
      )
    : row;
}

/** @returns the memory that changes hands with it */
export function transferOf(sent: readonly SentValue[]): ArrayBuffer[] {
  return sent.flatMap((value) =>
    isBytes(value) ? value.map(({ buffer }) => buffer as ArrayBuffer) : [],
  );
}

/** Undoes `toSent`, in the thread. */
export function toWrites(sent: readonly SentWrite[]): Write[] {
  return sent.map(([name, ...values]) => [name, ...values.map(decode)]);
}

/** Undoes `toSentRow`, in slices. */
export async function toRow(sent: SentRow): Promise<Row> {
  if (!sent.some(isBytes)) return sent as Row;
  const row: Value[] = [];
  for (const value of sent) {
    if (!isBytes(value)) {
      row.push(value);
      continue;
    }
    const { take, text } = openDecoder();
    for (const piece of value) {
      await pause();
      take(piece);
    }
    row.push(text());
  }
  return row;
}

function isLarge(value: Value): value is string {
  return typeof value === "string" && mayBeLarge(value.length);
}

function isBytes(value: SentValue): value is readonly Uint8Array[] {
  return typeof value === "object" && value !== null;
}

async function encodeInSlices(text: string): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for (const piece of cutText(text, PIECE_LENGTH)) {
    await pause();
    pieces.push(encoder.encode(piece));
  }
  return pieces;
}

function decode(value: SentValue): Value {
  if (!isBytes(value)) return value;
  const { take, text } = openDecoder();
  for (const piece of value) take(piece);
  return text();
}

function openDecoder() {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const parts: string[] = [];
  return {
    take: (piece: Uint8Array) => {
      parts.push(decoder.decode(piece, { stream: true }));
    },
    text: () => parts.join("") + decoder.decode(),
  };
}
