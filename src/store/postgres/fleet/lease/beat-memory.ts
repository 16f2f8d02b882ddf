/** Memory that the event loop and the thread of beats share. */

/** How often the event loop shows that it turns. */
const PULSE_MS = 200;

export class BeatMemory {
  readonly buffer: SharedArrayBuffer;
  /** When the last beat was made. */
  readonly #moments: Float64Array;
  /** Changes while the event loop turns. */
  readonly #pulse: Int32Array;

  constructor(buffer = new SharedArrayBuffer(16)) {
    this.buffer = buffer;
    this.#moments = new Float64Array(buffer, 0, 1);
    this.#pulse = new Int32Array(buffer, 8, 1);
  }

  /** Shows that the event loop turns, until what it returns is disposed of. */
  keepPulse(): Disposable {
    const timer = setInterval(() => {
      Atomics.add(this.#pulse, 0, 1);
    }, PULSE_MS);
    timer.unref();
    return {
      [Symbol.dispose]() {
        clearInterval(timer);
      },
    };
  }

  get pulse(): number {
    return Atomics.load(this.#pulse, 0);
  }

  /** Shows that a beat was made just now. */
  beat(): void {
    this.#moments[0] = now();
  }

  /** Milliseconds since the last beat. */
  get sinceBeatMs(): number {
    return now() - (this.#moments[0] ?? 0);
  }
}

/** The same in every thread, and it never jumps. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
