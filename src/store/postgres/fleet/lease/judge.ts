/** Judges which replicas are dead. */

/** What a look at the replicas shows of one that is not taken for dead. */
export interface Seen {
  readonly id: string;
  /** A number that changes while the replica lives. */
  readonly beat: string;
}

/** Beats that the judge must have made itself while another made none: after an outage of the database nobody is dead. */
const OWN_BEATS = 3;

/**
 * No clock of another machine or of the database counts: a replica is dead when the same beat of it was seen for a whole
 * lease on the judge's own clock, in which the judge itself did beat.
 */
export class Judge {
  readonly #leaseMs: number;
  #beatCount = 0;
  #known = new Map<
    string,
    { beat: string; since: number; beatCount: number }
  >();

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /**
   * Looks at the others after a beat of its own.
   *
   * @param now milliseconds on a clock that never jumps
   * @returns those that are dead, each with its last beat
   */
  look(others: readonly Seen[], now: number): Seen[] {
    this.#beatCount += 1;
    const before = this.#known;
    this.#known = new Map();
    return others.filter(({ id, beat }) => {
      let known = before.get(id);
      if (known?.beat !== beat)
        known = { beat, since: now, beatCount: this.#beatCount };
      this.#known.set(id, known);
      return (
        now - known.since >= this.#leaseMs &&
        this.#beatCount - known.beatCount >= OWN_BEATS
      );
    });
  }
}
