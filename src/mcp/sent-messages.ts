/** What was sent to sessions lately, so that a client whose connection broke gets what it missed. */
import type { EventStore, JSONRPCMessage } from "@modelcontextprotocol/server";

interface Sent {
  readonly session: string;
  readonly stream: string;
  readonly message: JSONRPCMessage;
  readonly byteCount: number;
}

/** For all sessions together: the oldest messages make room. */
const MAX_BYTES = 32 * 1024 ** 2;

export class SentMessages {
  /** By number, the oldest first. */
  readonly #sent = new Map<number, Sent>();
  #lastNumber = 0;
  #byteCount = 0;

  /** The messages of one session. */
  of(session: string): EventStore {
    return {
      storeEvent: (stream, message) =>
        Promise.resolve(this.#add({ session, stream, message })),
      getStreamIdForEventId: (id) =>
        Promise.resolve(this.#find(session, id)?.stream),
      replayEventsAfter: async (lastId, { send }) => {
        const stream = this.#find(session, lastId)?.stream ?? "";
        const missed = [...this.#sent].filter(
          ([number, sent]) =>
            number > Number(lastId) &&
            sent.session === session &&
            sent.stream === stream,
        );
        for (const [number, { message }] of missed)
          // An empty message only told the client how to resume.
          if ("jsonrpc" in message) await send(String(number), message);
        return stream;
      },
    };
  }

  forget(session: string): void {
    for (const [number, sent] of this.#sent)
      if (sent.session === session) this.#remove(number, sent);
  }

  #add(sent: Omit<Sent, "byteCount">): string {
    const byteCount = JSON.stringify(sent.message).length;
    this.#lastNumber += 1;
    this.#sent.set(this.#lastNumber, { ...sent, byteCount });
    this.#byteCount += byteCount;
    for (const [number, oldest] of this.#sent) {
      if (this.#byteCount <= MAX_BYTES) break;
      this.#remove(number, oldest);
    }
    return String(this.#lastNumber);
  }

  #remove(number: number, { byteCount }: Sent): void {
    this.#sent.delete(number);
    this.#byteCount -= byteCount;
  }

  #find(session: string, id: string): Sent | undefined {
    const sent = this.#sent.get(Number(id));
    return sent?.session === session ? sent : undefined;
  }
}
