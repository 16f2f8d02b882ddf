/** Ctrl-C while a run is running: the first one asks it to end, the second one ends the program. */

// `process.exit` looks this up at each call: guards make both throw in action code.
const exit = process.reallyExit.bind(process);

export class Interruption {
  readonly #controller = new AbortController();
  #code: number | undefined;

  /** @param note tells the person what is waited for */
  constructor(note: (text: string) => void) {
    const stop = (signal: NodeJS.Signals) => {
      const code = signal === "SIGINT" ? 130 : 143;
      if (this.#code !== undefined) exit(code);
      this.#code = code;
      note(
        "actiond: Waiting for the run to end; press Ctrl-C again to end now.\n",
      );
      this.#controller.abort(
        new DOMException("The run was cancelled.", "AbortError"),
      );
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit code, once there was a signal. */
  get code(): number | undefined {
    return this.#code;
  }
}
