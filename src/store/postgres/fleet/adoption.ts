/** Finds what is recorded as carried here, and is not: the reply to a claim, or to a release, may have been lost. */
import type { RunId } from "../../../run/run.ts";
import type { Claims, LanedRun } from "./claims.ts";
import type { SharedPlace } from "./shared-place.ts";

/** How often is looked for it where nothing is known to be lost. */
const LOOK_MS = 5000;

interface Parts {
  readonly find: (id: RunId) => SharedPlace | undefined;
  /** The run is recorded as running here. */
  readonly onRunning: (run: LanedRun) => void;
  /** The run has ended, and is recorded as if its code went on here. */
  readonly onEnded: (run: LanedRun) => void;
}

export class Adoption {
  readonly #claims: Pick<Claims, "adoptable">;
  readonly #parts: Parts;
  /** Runs that are being queued again. */
  readonly #givenUp = new Set<RunId>();
  #isWanted = false;
  #lookedAt = 0;
  /** Runs that have ended here, or were given up, since the look began. */
  #leftMeanwhile: Set<RunId> | undefined;

  constructor(claims: Pick<Claims, "adoptable">, parts: Parts) {
    this.#claims = claims;
    this.#parts = parts;
  }

  /** Whether a reply was lost, so that the next look is due at once. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  get isDue(): boolean {
    return this.#isWanted || performance.now() - this.#lookedAt >= LOOK_MS;
  }

  want(): void {
    this.#isWanted = true;
  }

  /** A run is not carried here any more: a look that began before has seen it as carried. */
  leave(id: RunId): void {
    this.#leftMeanwhile?.add(id);
  }

  /** While `queueing` is under way, the run is recorded as carried here. */
  async giveUp(id: RunId, queueing: Promise<void>): Promise<void> {
    this.#givenUp.add(id);
    try {
      await queueing;
      this.leave(id);
    } finally {
      this.#givenUp.delete(id);
    }
  }

  /** @throws {DatabaseError} */
  async look(): Promise<void> {
    const { find, onRunning, onEnded } = this.#parts;
    const startedAt = performance.now();
    this.#isWanted = false;
    const left = new Set<RunId>();
    this.#leftMeanwhile = left;
    try {
      for (const laned of await this.#claims.adoptable()) {
        const { id, status } = laned.run;
        const place = find(id);
        if (left.has(id) || this.#givenUp.has(id)) continue;
        if (place?.isHeld === true) continue;
        // It may have been recorded as nobody's since.
        if (place !== undefined && place.queuedSince > startedAt) this.want();
        else if (status === "running") onRunning(laned);
        else onEnded(laned);
      }
      this.#lookedAt = startedAt;
    } finally {
      this.#leftMeanwhile = undefined;
    }
  }
}
