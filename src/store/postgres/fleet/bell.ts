/**
 * Notices to the other replicas. Each is a hint that spares them waiting for their next look, and may be lost. They are
 * sent after what they are about is on disk, and one at a time: a transaction that notifies holds a lock of the whole
 * database until it has ended.
 *
 * - `f<id>`: the run has ended; `s<id>`: it has started, or backs off
 * - `c<id>`: somebody else has ended the run, and its code has to end
 * - `q` or `q<lane>`: a run is queued, or may have its turn now
 * - `n`: a run is queued where it was accepted, which counts for limits everywhere
 * - `d`: callbacks may be due
 * - `w` or `w<id>`: somebody follows all runs, or one; `e`: something has happened to any run while somebody follows all
 */
import type { Client } from "../connect/client.ts";

/** The server takes 7,999 bytes. */
const MAX_LENGTH = 7900;

const NOTIFY = "select pg_notify($1, $2)";

/** @returns the channel of a fleet; two fleets of one database do not hear each other */
export function channelOf(schema: string): string {
  return `actiond ${schema}`;
}

export async function sendNotices(
  client: Pick<Client, "query">,
  channel: string,
  notices: Iterable<string>,
): Promise<void> {
  let text = "";
  for (const notice of notices) {
    if (text.length + notice.length > MAX_LENGTH) {
      await client.query(NOTIFY, [channel, text]);
      text = "";
    }
    text += text === "" ? notice : ` ${notice}`;
  }
  if (text !== "") await client.query(NOTIFY, [channel, text]);
}

export class Bell {
  readonly #client: Pick<Client, "query">;
  readonly #channel: string;
  #waiting = new Set<string>();
  #isRinging = false;

  constructor(client: Pick<Client, "query">, channel: string) {
    this.#client = client;
    this.#channel = channel;
  }

  /** Sends a notice soon, together with others. */
  ring(notice: string): void {
    this.#waiting.add(notice);
    if (!this.#isRinging) void this.#ringAll();
  }

  async #ringAll(): Promise<void> {
    this.#isRinging = true;
    await new Promise(setImmediate);
    while (this.#waiting.size > 0) {
      const notices = this.#waiting;
      this.#waiting = new Set();
      // Whoever misses it looks by itself.
      await sendNotices(this.#client, this.#channel, notices).catch(() => {});
    }
    this.#isRinging = false;
  }
}
