/** A client that asks for all kinds of things at random, and keeps what it was told. */
import type { RunObject } from "../../src/http/runs/run-object.ts";
import { type Asked, makeRequest, type Request, send } from "./asked.ts";
import { pick, type Random } from "./random.ts";

/** How long a client rests when it was told that nothing can be done for it now. */
const REST_MS = 50;

/** All that the clients of a campaign were told. */
export class Memory {
  readonly asked: Asked[] = [];
  readonly acknowledged: (Asked & { runId: string })[] = [];
  readonly repeatable: Asked[] = [];
  /** Runs as they were seen on the way. */
  readonly seen: RunObject[] = [];
  /** Runs whose cancel was answered "cancelled". */
  readonly cancelled: string[] = [];
  /** Acknowledged runs that the server did not know when it was asked. */
  readonly unknown: string[] = [];

  add(asked: Asked): void {
    const { runId, idempotencyKey } = asked;
    this.asked.push(asked);
    if (runId !== undefined) this.acknowledged.push({ ...asked, runId });
    if (idempotencyKey !== undefined) this.repeatable.push(asked);
  }
}

export class Client {
  readonly #name: string;
  readonly #random: Random;
  readonly #callbacks: readonly string[];
  readonly #memory: Memory;
  readonly #unavailable: RegExp | undefined;
  #count = 0;
  #next: () => string = () => "";

  constructor(
    name: string,
    parts: {
      random: Random;
      callbacks: readonly string[];
      memory: Memory;
      /** Refusals that are allowed: those who hear them know nothing. */
      unavailable?: RegExp;
    },
  ) {
    this.#unavailable = parts.unavailable;
    this.#name = name;
    this.#random = parts.random;
    this.#callbacks = parts.callbacks;
    this.#memory = parts.memory;
  }

  /** Asks one thing after the other until `signal` aborts. @param next says whom to ask */
  async ask(next: () => string, signal: AbortSignal): Promise<void> {
    this.#next = next;
    while (!signal.aborted) {
      const choice = this.#random();
      if (choice < 0.1) await this.#cancel();
      else if (choice < 0.2) await this.#look();
      else if (choice < 0.35) await this.#repeat();
      else await this.#run();
    }
  }

  async #run(): Promise<void> {
    this.#count += 1;
    const requestId = `${this.#name}-${this.#count}`;
    const request = makeRequest(this.#random, requestId, this.#callbacks);
    await this.#send(request);
  }

  /** The same request again, recent or from before the last kills: its reply was lost, or the caller forgot it. */
  async #repeat(): Promise<void> {
    const { repeatable } = this.#memory;
    const isRecent = this.#random() < 0.5;
    const from = isRecent ? repeatable.slice(-20) : repeatable;
    if (from.length === 0) return;
    const earlier = pick(this.#random, from);
    await this.#send(earlier);
  }

  async #send(request: Request): Promise<void> {
    const asked = await send(request, this.#next(), this.#random);
    if (
      asked.told === "refused" &&
      this.#unavailable?.test(asked.answer ?? "") === true
    ) {
      asked.told = "nothing";
      await Bun.sleep(REST_MS);
    }
    this.#memory.add(asked);
  }

  async #cancel(): Promise<void> {
    const runId = this.#pickRun();
    if (runId === undefined) return;
    const answer = await this.#request(runId, `/${runId}/cancel`, "POST");
    if (answer === "cancelled") this.#memory.cancelled.push(runId);
  }

  async #look(): Promise<void> {
    const runId = this.#pickRun();
    if (runId === undefined) return;
    const run = await this.#request(runId, `/${runId}?wait=0.01`);
    if (run !== undefined) this.#memory.seen.push(run as RunObject);
  }

  #pickRun(): string | undefined {
    const recent = this.#memory.acknowledged.slice(-40);
    return recent.length === 0 ? undefined : pick(this.#random, recent).runId;
  }

  /** @returns the JSON of the reply, undefined when there is none */
  async #request(
    runId: string,
    path: string,
    method = "GET",
  ): Promise<unknown> {
    try {
      const url = `${this.#next()}/api/runs${path}`;
      const reply = await fetch(url, { method });
      const answer: unknown = await reply.json();
      if (reply.ok) return answer;
      if (this.#unavailable?.test(JSON.stringify(answer)) === true)
        return undefined;
      this.#memory.unknown.push(`${runId}: ${JSON.stringify(answer)}`);
    } catch {
      // The server was killed: nobody was told anything.
    }
    return undefined;
  }
}
