/** The life of this replica as the fleet sees it: a thread beats, and here is known for how long it could not. */
import type { Target } from "../../connect/target.ts";
import { BeatMemory } from "./beat-memory.ts";

/** What the thread is told. */
export interface BeatOrders {
  readonly target: Omit<Target, "urls"> & { readonly urls: readonly string[] };
  readonly me: string;
  readonly channel: string;
  readonly leaseMs: number;
  /** How long the event loop may stand still before the thread stops to beat. */
  readonly stallMs: number;
  readonly buffer: SharedArrayBuffer;
}

/** What the thread tells. */
export type BeatMessage =
  /** The others take this replica for dead. */
  | { readonly kind: "dead" }
  /** So many replicas live, this one included. */
  | { readonly kind: "living"; readonly count: number }
  /** This replica has found that another is dead. */
  | { readonly kind: "buried"; readonly id: string };

interface Parts {
  /** URL of `beat-thread.ts`: only the program's first file can name it in the executable too. */
  readonly thread: string;
  readonly target: Target;
  readonly me: string;
  readonly channel: string;
  readonly leaseMs: number;
  readonly stallMs: number;
  readonly onMessage: (message: BeatMessage) => void;
  /** Called when the database has not answered for a whole lease: others may take this replica for dead. */
  readonly onLost: () => void;
  /** Called when it answers again. */
  readonly onFound: () => void;
}

export class Beats implements Disposable {
  readonly #parts: Parts;
  readonly #memory = new BeatMemory();
  readonly #worker: Worker;
  readonly #pulse: Disposable;
  readonly #timer: NodeJS.Timeout;
  #isLost = false;
  #isClosed = false;
  #livingCount = 1;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { target, me, channel, leaseMs, stallMs } = parts;
    // Its row is there, so it lives.
    this.#memory.beat();
    this.#pulse = this.#memory.keepPulse();
    this.#worker = new Worker(parts.thread);
    this.#worker.addEventListener(
      "message",
      ({ data }: MessageEvent<BeatMessage>) => {
        this.#hear(data);
      },
    );
    const orders: BeatOrders = {
      target: { ...target, urls: target.urls.map(({ href }) => href) },
      me,
      channel,
      leaseMs,
      stallMs,
      buffer: this.#memory.buffer,
    };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread, no window
    this.#worker.postMessage(orders);
    this.#timer = setInterval(() => {
      this.#look();
    }, leaseMs / 6);
  }

  /** Whether others may take this replica for dead. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Why this replica may not work; undefined when all is well. */
  get trouble(): string | undefined {
    if (!this.#isLost) return undefined;
    const seconds = Math.round(this.#memory.sinceBeatMs / 1000);
    return `The database has not answered for ${seconds} s.`;
  }

  /** How many replicas there are, this one included. */
  get livingCount(): number {
    return this.#livingCount;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#pulse[Symbol.dispose]();
    this.#worker.terminate();
  }

  #hear(message: BeatMessage): void {
    if (this.#isClosed) return;
    if (message.kind === "living") {
      this.#livingCount = message.count;
      this.#look();
    }
    this.#parts.onMessage(message);
  }

  #look(): void {
    const isLost = this.#memory.sinceBeatMs > this.#parts.leaseMs;
    if (isLost === this.#isLost) return;
    this.#isLost = isLost;
    if (isLost) this.#parts.onLost();
    else this.#parts.onFound();
  }
}
