/** Writes a text to a file descriptor, all of it before it returns, so that the process may end right after. */
import { writeSync } from "node:fs";

/** What nobody reads any more, as behind `| head`, is dropped. */
export function writeFully(descriptor: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
      // Whoever reads the pipe is slower than this program writes.
      Bun.sleepSync(1);
    }
  }
}
