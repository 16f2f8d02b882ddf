/**
 * What the reader of a run's events has been told, as the id of the last of them. So a stream can be resumed from
 * whatever the store has, in any order, without a gap or a double: also after the end of the run, and by another
 * process than the one that told the last event.
 */
import { ServerError } from "../../errors.ts";

/** Facts that a run has once. */
const ONCE = {
  accepted: 1,
  detached: 2,
  unheard: 4,
  finished: 8,
  owed: 16,
} as const;
/** Facts that a run has many of, told by a number that grows. */
const COUNTED = [
  "started",
  "attempt_failed",
  "log",
  "progress",
  "callback_attempt",
] as const;

export type EventName = keyof typeof ONCE | (typeof COUNTED)[number];

/** Which of its facts an event is. */
export interface Place {
  readonly name: EventName;
  /** Which of several facts of this name it is; 1 where a run has it once. */
  readonly number: number;
}

const RADIX = 36;
/** The form of an id of an event. */
export const RUN_EVENT_ID = /^[0-9a-z]{1,11}(?:\.[0-9a-z]{1,11}){5}$/;

export class Told {
  #once: number;
  readonly #counted: number[];

  private constructor(once: number, counted: number[]) {
    this.#once = once;
    this.#counted = counted;
  }

  static nothing(): Told {
    return new Told(
      0,
      COUNTED.map(() => 0),
    );
  }

  /** @throws {ServerError} `invalid_header` */
  static parse(id: string): Told {
    if (!RUN_EVENT_ID.test(id))
      throw new ServerError(
        "invalid_header",
        `last-event-id must be the id of an event of this stream, not ${JSON.stringify(id)}.`,
      );
    const [once = 0, ...counted] = id
      .split(".")
      .map((digits) => Number.parseInt(digits, RADIX));
    return new Told(once, counted);
  }

  /** The id of the event that was told last. */
  get id(): string {
    return [this.#once, ...this.#counted]
      .map((number) => number.toString(RADIX))
      .join(".");
  }

  get isFinished(): boolean {
    return this.has({ name: "finished", number: 1 });
  }

  /** Lines up to this one have been told. */
  get seq(): number {
    return this.#counted[COUNTED.indexOf("log")] ?? 0;
  }

  has({ name, number }: Place): boolean {
    if (isOnce(name)) return (this.#once & ONCE[name]) !== 0;
    return number <= (this.#counted[COUNTED.indexOf(name)] ?? 0);
  }

  /** @returns whether it had not been told before */
  add(place: Place): boolean {
    if (this.has(place)) return false;
    const { name, number } = place;
    if (isOnce(name)) this.#once |= ONCE[name];
    else this.#counted[COUNTED.indexOf(name)] = number;
    return true;
  }
}

function isOnce(name: EventName): name is keyof typeof ONCE {
  return name in ONCE;
}
