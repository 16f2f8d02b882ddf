import { expect, test } from "bun:test";
import fc from "fast-check";
import { readStart } from "../../src/callback/answer.ts";

test("the excerpt of any answer is one line of at most 4 KiB and never throws", async () => {
  const chunk = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc
      .constantFrom("é", "\u001b[31m", "\r\n", "\u0000", "😀")
      .map((text) => Buffer.from(text.repeat(700))),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(chunk, { maxLength: 4 }),
      fc.boolean(),
      async (chunks, isBroken) => {
        const body = new ReadableStream({
          start(controller) {
            for (const bytes of chunks)
              if (bytes.length > 0) controller.enqueue(bytes);
            if (isBroken) controller.error(new Error("It broke off."));
            else controller.close();
          },
        });
        const text = await readStart(new Response(body));
        // What is no UTF-8 becomes a character of three bytes for each byte.
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(3 * 4096);
        expect(text).not.toMatch(/\p{Cc}/u);
        if (isBroken) return;
        const whole = Buffer.concat(chunks).subarray(0, 4096);
        const shown = new TextDecoder()
          .decode(whole)
          .replaceAll(/\p{Cc}+/gu, " ")
          .trim();
        // The last character may have been cut off.
        expect(shown.startsWith(text)).toBe(true);
        expect(shown.length - text.length).toBeLessThanOrEqual(2);
      },
    ),
    { numRuns: 300 },
  );
});
