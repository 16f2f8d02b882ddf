/** A client that asks for all kinds of things at random, and keeps what it was told. */
import { between, pick, type Random } from "./random.ts";

/** A request, and what became of it as far as its caller knows. */
export interface Asked {
  readonly requestId: string;
  readonly action: string;
  readonly n: number;
  readonly callbackUrl: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** The caller itself breaks the connection off. */
  readonly isDropped: boolean;
  /** "outcome" and "async-return" are what the reply said; "nothing": there was none. */
  told: "outcome" | "async-return" | "refused" | "nothing";
  runId: string | undefined;
  status: number | undefined;
  answer: string | undefined;
  /** When it was answered, or its connection broke. */
  endedAt: number;
}

export class Client {
  readonly asked: Asked[] = [];
  /** Runs whose cancel was answered "cancelled". */
  readonly cancelled: string[] = [];
  readonly #random: Random;
  readonly #callbacks: readonly string[];
  #url = "";

  constructor(random: Random, callbacks: readonly string[]) {
    this.#random = random;
    this.#callbacks = callbacks;
  }

  /** Asks one thing after the other until `signal` aborts. */
  async ask(url: string, signal: AbortSignal): Promise<void> {
    this.#url = url;
    while (!signal.aborted) {
      const choice = this.#random();
      if (choice < 0.1) await this.#cancel();
      else if (choice < 0.2) await this.#repeat();
      else await this.#run(this.#make());
    }
  }

  #make(): Asked {
    const random = this.#random;
    const isCalledBack = random() < 0.6;
    return {
      requestId: Bun.randomUUIDv7(),
      action: pick(random, [
        "quick",
        "quick",
        "slow",
        "slow",
        "fails",
        "again",
      ]),
      n: between(random, 0, 1e9),
      callbackUrl: isCalledBack ? pick(random, this.#callbacks) : undefined,
      idempotencyKey: random() < 0.3 ? Bun.randomUUIDv7() : undefined,
      isDropped: random() < 0.1,
      told: "nothing",
      runId: undefined,
      status: undefined,
      answer: undefined,
      endedAt: 0,
    };
  }

  /** The same request again: its reply was lost, or the caller does not know better. */
  async #repeat(): Promise<void> {
    const repeatable = this.asked.filter(
      ({ idempotencyKey }) => idempotencyKey,
    );
    if (repeatable.length === 0) return;
    const earlier = pick(this.#random, repeatable);
    await this.#run({
      ...earlier,
      isDropped: false,
      told: "nothing",
      runId: undefined,
      status: undefined,
      answer: undefined,
    });
  }

  async #run(asked: Asked): Promise<void> {
    this.asked.push(asked);
    const connection = new AbortController();
    const drop = asked.isDropped
      ? setTimeout(() => connection.abort(), between(this.#random, 1, 10))
      : undefined;
    try {
      const reply = await fetch(
        `${this.#url}/api/actions/chaos/${asked.action}/run`,
        {
          method: "POST",
          headers: this.#toHeaders(asked),
          // The same for a repeated request: it must be the same request.
          body: JSON.stringify({ n: asked.n, ms: asked.n % 40 }),
          signal: connection.signal,
        },
      );
      asked.answer = await reply.text();
      asked.status = reply.status;
      asked.runId = reply.headers.get("x-action-server-run-id") ?? undefined;
      if (asked.answer === '"async-return"') asked.told = "async-return";
      else asked.told = isOutcome(asked.answer) ? "outcome" : "refused";
    } catch {
      asked.told = "nothing";
    } finally {
      asked.endedAt = Date.now();
      clearTimeout(drop);
    }
  }

  #toHeaders(asked: Asked): Record<string, string> {
    const waits = ["0", "0.005", "0.02", "30"];
    const wait = pick(this.#random, waits);
    return {
      "content-type": "application/json",
      "x-actions-request-id": asked.requestId,
      ...(asked.callbackUrl === undefined
        ? {}
        : { "x-actions-async-callback": asked.callbackUrl }),
      ...(asked.idempotencyKey === undefined
        ? {}
        : { "idempotency-key": asked.idempotencyKey }),
      ...(this.#random() < 0.3 ? {} : { "x-actions-async-timeout": wait }),
    };
  }

  async #cancel(): Promise<void> {
    const known = this.asked.filter(({ runId }) => runId !== undefined);
    if (known.length === 0) return;
    const { runId = "" } = pick(this.#random, known.slice(-20));
    try {
      const reply = await fetch(`${this.#url}/api/runs/${runId}/cancel`, {
        method: "POST",
      });
      if ((await reply.text()) === '"cancelled"') this.cancelled.push(runId);
    } catch {
      // The server was killed: nobody was told anything.
    }
  }
}

/** Whether a reply tells how the run ended; what a stopping or full server says is no outcome. */
function isOutcome(answer: string): boolean {
  return !/"code":"(?:shutting_down|overloaded|store_unavailable)"/.test(
    answer,
  );
}
