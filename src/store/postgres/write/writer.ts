/** Writes of a replica: collected on the event loop, folded, and made flush by flush, each exactly once. */
import { setTimeout as delay } from "node:timers/promises";
import { ServerError } from "../../../errors.ts";
import type { RunId } from "../../../run/run.ts";
import { unavailable } from "../../unavailable.ts";
import {
  type Change,
  lengthOf,
  type OtherChange,
  type RunAnswer,
  type RunChange,
} from "./changes.ts";
import {
  type Ask,
  type Client,
  DatabaseError,
  type Row,
} from "../connect/client.ts";
import { type Folded, fold } from "./fold.ts";
import { askFlush, type Made, readFlush } from "./flush.ts";

/** Characters of text after which a flush is full: what is left waits for the next one. */
const FLUSH_LENGTH = 8 * 1024 ** 2;
/** Pauses before a flush is sent again, in milliseconds; the last one for ever. */
const PAUSES_MS = [0, 50, 250, 1000];
/** How long closing waits for a database that does not answer. */
const CLOSE_MS = 5000;

interface Held {
  readonly change: Change;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

/** A flush that was answered. */
export interface AnsweredFlush {
  /** Changes that it had. */
  readonly count: number;
  readonly ms: number;
  readonly isKept: boolean;
  /** The runs that they are about. */
  readonly ids: () => Iterable<RunId>;
}

/** Nobody of the fleet takes this replica for one that may write. */
class Fenced extends Error {}

/**
 * The next flush is sent when the answer to the one before has come, with everything that was asked for meanwhile.
 *
 * Where the answer does not come, nobody knows whether the flush was made. It is sent again, under the same number, until
 * that is known: the database makes each number once, also when it wakes up and executes later what was given up here.
 * Until then those who asked for its changes wait, and everybody else is refused.
 */
export class FlushWriter implements AsyncDisposable {
  readonly #client: Client;
  readonly #me: string;
  readonly #died = Promise.withResolvers<string>();
  readonly #onAnswer = new Set<(flush: AnsweredFlush) => void>();
  #waiting: Held[] = [];
  #loop: Promise<void> | undefined;
  #state: "open" | "closing" | "closed" | "dead" = "open";
  #number = 0;
  #trouble: string | undefined;

  /**
   * @param client has one connection, and nobody else uses it
   * @param me id of the replica, whose row is there
   */
  constructor(client: Client, me: string) {
    this.#client = client;
    this.#me = me;
  }

  /** Resolves with the reason when this replica may write no more: the process has to end. */
  get died(): Promise<string> {
    return this.#died.promise;
  }

  /** Why the flush that is under way has no answer yet; undefined when all is well. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** From now on `listener` is told of each flush that was answered. */
  onAnswer(listener: (flush: AnsweredFlush) => void): void {
    this.#onAnswer.add(listener);
  }

  /**
   * Adds a change to the next flush.
   *
   * @throws {ServerError} `store_unavailable` when the database does not answer; `shutting_down` when it was closed
   */
  write(change: RunChange): Promise<RunAnswer>;
  write(change: OtherChange): Promise<Row[]>;
  write(change: Change): Promise<RunAnswer | Row[]> {
    if (this.#state !== "open" || this.#trouble !== undefined)
      return Promise.reject(this.#refusal());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      this.#loop ??= this.#flushAll();
    });
  }

  /** Says that this replica was found to be taken for dead. */
  fence(reason: string): void {
    if (this.#state === "closed" || this.#state === "dead") return;
    this.#state = "dead";
    this.#died.resolve(reason);
    this.#refuseWaiting();
  }

  /** Resolves when everything that was asked for is made. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "open") this.#state = "closing";
    const given = new AbortController();
    const { signal } = given;
    await Promise.race([
      this.#loop,
      this.died,
      delay(CLOSE_MS, undefined, { signal }).catch(() => {}),
    ]);
    given.abort();
    this.#state = "closed";
    this.#refuseWaiting();
    await this.#client[Symbol.asyncDispose]();
  }

  async #flushAll(): Promise<void> {
    // What this turn of the event loop still asks for is a part of the first flush.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const folded = fold(this.#take());
      this.#waiting = [...folded.rest, ...this.#waiting];
      await this.#flush(folded);
    }
    this.#loop = undefined;
  }

  #take(): Held[] {
    let length = 0;
    let count = 0;
    for (const { change } of this.#waiting) {
      if (length >= FLUSH_LENGTH) break;
      length += lengthOf(change);
      count += 1;
    }
    const taken = this.#waiting;
    this.#waiting = taken.splice(count);
    return taken;
  }

  async #flush(folded: Folded<Held>): Promise<void> {
    const startedAt = performance.now();
    const settled = (isKept: boolean) => {
      const ms = performance.now() - startedAt;
      const { taken } = folded;
      const ids = () => taken.flatMap(({ change: { id } }) => id ?? []);
      const flush = { count: taken.length, ms, isKept, ids };
      for (const listener of this.#onAnswer) listener(flush);
    };
    try {
      const { made, rows } = await this.#untilKnown(folded);
      settled(true);
      settle(folded, made, rows);
    } catch (error) {
      settled(false);
      if (error instanceof Fenced) this.fence(error.message);
      // Only its reply tells whether a flush was made: nobody is told anything about one that has none.
      if (error instanceof Fenced || this.#state === "dead") return;
      if (
        error instanceof DatabaseError &&
        error.isMistake &&
        folded.taken.length > 1
      )
        // One of them is wrong, and it is answered alone.
        for (const held of folded.taken) await this.#flush(fold([held]));
      else
        for (const { reject } of folded.taken)
          reject(
            new Error("The run store refused a change.", { cause: error }),
          );
    }
  }

  /** Sends a flush until it is known to be made. @throws {Fenced}; {DatabaseError} for a mistake: then it is not made */
  async #untilKnown(
    folded: Folded<Held>,
  ): Promise<{ made: Made; rows: Row[][] }> {
    const number = this.#number + 1;
    for (let tries = 0; ; tries += 1) {
      try {
        const result =
          folded.others.length === 0
            ? await this.#send(folded, number, (...asked) =>
                this.#client.query(...asked),
              )
            : await this.#client.transaction((ask) =>
                this.#send(folded, number, ask),
              );
        this.#number = number;
        this.#trouble = undefined;
        return result;
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.isMistake) throw error;
        if (!error.isUndone) {
          this.#trouble = error.message;
          this.#refuseWaiting();
        }
        if (this.#state === "closed") throw error;
      }
      const pause = PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)] ?? 0;
      // Two replicas that undo each other must not do so again.
      await delay(pause * (0.5 + Math.random()));
    }
  }

  async #send(
    { runs, others }: Folded<Held>,
    number: number,
    ask: Ask,
  ): Promise<{ made: Made; rows: Row[][] }> {
    const me = this.#me;
    const folded = [...runs.values()];
    const made = await askFlush(ask, { me, number, runs: folded });
    if (made === undefined) return await this.#remember(number, folded, ask);
    const rows: Row[][] = [];
    const concerned = others.flatMap(({ id }) => id ?? []);
    // Another replica may be about to change the same run, which its next statement must see.
    if (concerned.length > 0)
      await ask(
        `select 1 from "actiond".runs where id = any($1::uuid[]) order by id for no key update`,
        [concerned],
      );
    for (const { text, parameters } of others)
      rows.push(await ask(text, parameters));
    if (others.length > 0)
      await ask(
        `update "actiond".replicas set answers = $2 where id = $1::uuid`,
        [me, JSON.stringify(rows)],
      );
    return { made, rows };
  }

  /** The flush was made before, or may not be made. */
  async #remember(
    number: number,
    runs: Parameters<typeof readFlush>[2],
    ask: Ask,
  ): Promise<{ made: Made; rows: Row[][] }> {
    const [row] = await ask(
      `select dead, flush, answers from "actiond".replicas where id = $1::uuid`,
      [this.#me],
    );
    if (row === undefined || row[0] === true)
      throw new Fenced(
        "The fleet has taken this replica for dead, and others go on with its runs.",
      );
    const last = Number(row[1]);
    if (last !== number)
      throw new Fenced(
        `The database has forgotten what it had recorded: the last flush was ${number - 1}, and it knows ${last}. This happens after a failover to a server that was behind.`,
      );
    return {
      made: await readFlush(ask, this.#me, runs),
      rows: JSON.parse((row[2] as string | null) ?? "[]") as Row[][],
    };
  }

  #refuseWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(this.#refusal());
  }

  #refusal(): ServerError {
    if (this.#state === "closing" || this.#state === "closed")
      return new ServerError("shutting_down", "The run store is closed.");
    return unavailable(
      this.#trouble ??
        "This replica was declared dead and may not write any more.",
    );
  }
}

/** Tells those who asked what came of their changes, in the order in which they asked. */
function settle(
  { taken, runs }: Folded<Held>,
  made: Made,
  rows: readonly Row[][],
): void {
  let place = 0;
  for (const { change, resolve } of taken) {
    if (change.kind === "other") {
      resolve((rows[place] ?? []) as never);
      place += 1;
    } else {
      const run = runs.get(change.id);
      const answer = made.get(change.id);
      // An outcome that comes later in the same flush is what is owed.
      const isEnd =
        change.kind === "finish" ||
        change.kind === "insert" ||
        run?.isUnheard === true;
      resolve(((isEnd ? answer : withoutDebt(answer)) ?? NOT_MADE) as never);
    }
  }
}

const NOT_MADE: RunAnswer = { isMade: false, isDetached: false };

function withoutDebt(answer: RunAnswer | undefined): RunAnswer | undefined {
  return answer && { isMade: answer.isMade, isDetached: answer.isDetached };
}
