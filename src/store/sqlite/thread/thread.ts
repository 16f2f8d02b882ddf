/** The threads of the store, where SQLite waits for the disk. Started by `writer.ts` and `reader.ts`, imported by nobody. */
import type { ReaderAnswer, Told, WriterAnswer } from "./messages.ts";
import { openForReading } from "./read/reading.ts";
import { openForWriting } from "./write/writing.ts";

let hear: ((told: Told) => void) | undefined;

if (!Bun.isMainThread)
  addEventListener("message", ({ data: told }: MessageEvent<Told>) => {
    if (hear !== undefined) hear(told);
    else if (typeof told === "object" && "open" in told)
      hear =
        told.open === "writer"
          ? openForWriting(told, tell)
          : openForReading(told, tell);
  });

function tell(
  answer: WriterAnswer | ReaderAnswer,
  transfer: ArrayBuffer[] = [],
): void {
  postMessage(answer, transfer);
}
