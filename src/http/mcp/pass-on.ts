/** Passes the streams of events of MCP on to their readers: they count like other streams, and so does what waits in them. */
import type { Caller } from "../../access/caller.ts";
import type { ByteBudget, Hold } from "../../byte-budget.ts";
import { HEARTBEAT, SSE_HEADERS } from "../events/frames.ts";
import type { OpenStreams } from "../events/open-streams.ts";

/** What may wait for one reader behind the message that it is taking. */
const MAX_WAITING_BYTES = 1024 ** 2;

interface Waiting {
  readonly bytes: Uint8Array;
  readonly hold: Hold;
}

/** @param parts.end called once, when the stream has ended */
export function passOn(
  reply: Response,
  caller: Caller,
  parts: {
    readonly streams: OpenStreams;
    readonly held: ByteBudget;
    readonly end: () => void;
  },
): Response {
  const reader = (reply.body ?? new ReadableStream()).getReader();
  const waiting: Waiting[] = [];
  let waitingBytes = 0;
  let isOver = false;
  let wake = Promise.withResolvers<void>();

  /** Takes what there is at once: it would wait in any case, and would not be counted. */
  const gather = async () => {
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const hold = parts.held.tryTake(caller.keyId, value.length);
        if (hold === undefined || waitingBytes > MAX_WAITING_BYTES) {
          hold?.[Symbol.dispose]();
          stream.drop();
          break;
        }
        if (waiting.length > 0) waitingBytes += value.length;
        waiting.push({ bytes: value, hold });
        wake.resolve();
      }
    } catch {
      // Whoever wrote it has ended it.
    }
    isOver = true;
    wake.resolve();
  };

  async function* read(): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) {
        yield decoder.decode(next.bytes, { stream: true });
        next.hold[Symbol.dispose]();
        const [after] = waiting;
        waitingBytes -= Math.min(waitingBytes, after?.bytes.length ?? 0);
        continue;
      }
      if (isOver) return;
      wake = Promise.withResolvers();
      await wake.promise;
    }
  }

  const stream = parts.streams.open({
    caller,
    headers: { ...Object.fromEntries(reply.headers), ...SSE_HEADERS },
    heartbeat: HEARTBEAT,
    source: read(),
    end: () => {
      isOver = true;
      for (const { hold } of waiting.splice(0)) hold[Symbol.dispose]();
      wake.resolve();
      reader.cancel().catch(() => undefined);
      parts.end();
    },
  });
  void gather();
  return stream.response;
}
