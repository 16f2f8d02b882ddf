/** Reads as much of a receiver's answer as is recorded. */

const MAX_ANSWER_BYTES = 4096;

/**
 * Reads the start of an answer and drops the rest. It never throws: only the status of an answer counts, even when the
 * body breaks off.
 *
 * @returns up to 4 KiB of text on one line
 */
export async function readStart({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  try {
    for await (const chunk of body ?? []) {
      chunks.push(chunk);
      byteCount += chunk.byteLength;
      if (byteCount >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The part that has arrived is enough.
  }
  const bytes = Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES);
  // A character that was cut in two is left out.
  const text = new TextDecoder().decode(bytes, { stream: true });
  // Strangers write this text: it must not move the cursor of a terminal that shows the log.
  return text.replaceAll(/\p{Cc}+/gu, " ").trim();
}
