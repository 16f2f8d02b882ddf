/**
 * Who may run now, in a fleet: each replica has slots of its own, and the database decides which runs get them. A run
 * starts at once where a slot is free here, nothing of its action is known to be queued, and its action has no limit of
 * its own. Any other run is recorded as queued, and whichever replica has room claims it.
 */
import type { CatalogEntry } from "../../../catalog/catalog-entry.ts";
import { ServerError } from "../../../errors.ts";
import type { Log } from "../../../log.ts";
import type { KeyShare } from "../../../queue/key-share.ts";
import type { Limited, Turns } from "../../../queue/turns.ts";
import type { Run, RunId } from "../../../run/run.ts";
import type { FleetMembers } from "../write/changes.ts";
import { type Client, DatabaseError } from "../connect/client.ts";
import type { FlushWriter } from "../write/writer.ts";
import { Adoption } from "./adoption.ts";
import { type ActionFacts, toFacts, toMembers } from "./action-facts.ts";
import type { Bell } from "./bell.ts";
import { Claims, type LanedRun } from "./claims.ts";
import { QueueCounts } from "./queue-counts.ts";
import { queueAgain } from "./queue-again.ts";
import { ReplicaSlots } from "./replica-slots.ts";
import { SharedPlace } from "./shared-place.ts";

/** How long a lane that another replica was claiming from is left alone. */
const LOCKED_MS = 20;
/** How often runs are claimed that no notice told of, and what is queued is counted. */
const LOOK_MS = 250;
const CLAIM_MS = 1000;

interface Parts {
  readonly me: string;
  readonly client: Pick<Client, "query">;
  readonly writer: Pick<FlushWriter, "write" | "fence">;
  readonly bell: Bell;
  readonly log: Log;
  readonly max: {
    readonly running: number;
    readonly queued: number;
    readonly children: number;
  };
  /** Why this replica may not work now; undefined when it may. */
  readonly trouble: () => string | undefined;
}

export class SharedTurns implements Turns {
  readonly #parts: Parts;
  readonly #claims: Claims;
  readonly #adoption: Adoption;
  readonly #counts: QueueCounts;
  readonly #slots: ReplicaSlots;
  readonly #places = new Map<RunId, SharedPlace>();
  readonly #members = new Map<RunId, FleetMembers>();
  readonly #lanes = new Set<string>();
  readonly #timers: NodeJS.Timeout[] = [];
  #facts = new Map<string, ActionFacts>();
  /** Actions that no replica has any more, of which runs are queued. */
  #orphans: readonly ActionFacts[] = [];
  #byEntry = new WeakMap<Limited["action"], ActionFacts>();
  /** Undefined until this replica works: then it claims nothing. */
  #onArrival: ((run: Run, place: SharedPlace) => Promise<void>) | undefined;
  #isClosed = false;
  #isWanted = false;
  #isLooking: Promise<void> | undefined;
  /** Whether somebody may have queued something that could be claimed. */
  #mayBeQueued = true;
  #claimedAt = 0;
  #countedAt = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { client, me, max } = parts;
    this.#claims = new Claims(client, me);
    this.#adoption = new Adoption(this.#claims, {
      find: (id) => this.#places.get(id),
      onRunning: (laned) => {
        this.#arrive(laned);
      },
      onEnded: ({ run: { id }, lane }) => void this.#release({ id, lane }),
    });
    this.#counts = new QueueCounts(client, max.queued);
    this.#slots = new ReplicaSlots(max);
  }

  get runningCount(): number {
    return this.#slots.heldCount;
  }

  get queuedCount(): number {
    return this.#counts.total;
  }

  /**
   * Begins to claim runs.
   *
   * @param onArrival carries a run that was claimed and that nobody here waits for
   * @param share what a key may have of the queue
   */
  start(
    onArrival: (run: Run, place: SharedPlace) => Promise<void>,
    share: KeyShare,
  ): void {
    this.#onArrival = onArrival;
    this.#counts.share = share;
    const timer = setInterval(() => {
      this.#tick();
    }, LOOK_MS);
    this.#timers.push(timer);
    this.claim();
  }

  /** Takes over the actions that there are now. @returns the version of each, by address */
  follow(entries: readonly CatalogEntry[]): Record<string, string> {
    const facts = entries.map((entry) => {
      const known = toFacts(entry);
      this.#byEntry.set(entry.action, known);
      return known;
    });
    this.#facts = new Map(facts.map((known) => [known.address, known]));
    this.claim();
    return Object.fromEntries(
      facts.map(({ address, version }) => [address, version]),
    );
  }

  refuseEarly(entry: Limited, owner: string): void {
    this.#refuseWhenLost();
    const facts = this.#factsOf(entry);
    if (!this.#mayStart(facts))
      this.#counts.refuseWhenFull(facts, owner, this.#slots.ratePerMs);
  }

  reserve(
    entry: Limited,
    key: string,
    { id, owner }: { readonly id: RunId; readonly owner: string },
  ): SharedPlace {
    this.#refuseWhenLost();
    const facts = this.#factsOf(entry);
    const mayStart = this.#mayStart(facts);
    if (!mayStart)
      this.#counts.refuseWhenFull(facts, owner, this.#slots.ratePerMs);
    const members = toMembers(facts, entry, key);
    const { lane } = members;
    const place = new SharedPlace({ ...facts, id, owner, lane }, this);
    this.#members.set(id, members);
    this.#places.set(id, place);
    if (mayStart) {
      this.#slots.hold(place);
    } else {
      place.awaitTurn();
      this.#counts.add(place, 1);
    }
    return place;
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** Resolves when no claim is under way any more. */
  async settled(): Promise<void> {
    await this.#isLooking;
  }

  /** What the fleet has to know of a run that is about to be recorded. */
  takeMembers(id: RunId): FleetMembers | undefined {
    const members = this.#members.get(id);
    this.#members.delete(id);
    return members;
  }

  find(id: RunId): SharedPlace | undefined {
    return this.#places.get(id);
  }

  /** Every run that is carried here, or waited for until it is somebody's turn. */
  get ids(): Iterable<RunId> {
    return this.#places.keys();
  }

  /** The store knows a run as nobody's: whoever has room may claim it. */
  queue(place: SharedPlace): void {
    place.queuedSince = performance.now();
    this.#mayBeQueued = true;
    const hasRoom = this.#slots.roomFor(place.isIsolated) > 0;
    this.#parts.bell.ring(hasRoom ? "n" : `q${place.lane ?? ""}`);
    if (hasRoom) this.claim(place.lane);
  }

  /** Somebody has queued something: what is queued is counted soon. */
  count(): void {
    this.#mayBeQueued = true;
  }

  /** A run that waits for its turn here has ended. @returns whether it did wait */
  endElsewhere(id: RunId): boolean {
    const place = this.#places.get(id);
    if (place === undefined || place.isHeld) return false;
    place.giveTurn("elsewhere");
    return true;
  }

  /** Claims runs soon. @param lane where one may have become claimable */
  claim(lane: string | null = null): void {
    if (lane !== null) this.#lanes.add(lane);
    this.#isWanted = true;
    this.#mayBeQueued = true;
    this.#look();
  }

  rest(place: SharedPlace): void {
    this.#slots.free(place);
    place.queuedSince = Infinity;
    place.awaitTurn();
  }

  rejoin(): void {
    this.claim();
  }

  leave(place: SharedPlace): void {
    place.clock?.[Symbol.dispose]();
    this.#places.delete(place.id);
    this.#members.delete(place.id);
    this.#adoption.leave(place.id);
    const { isHeld, lane, mustRelease, hasOutcome } = place;
    if (!isHeld) {
      // Somebody else ended it while it was about to back off.
      if (mustRelease) void this.#release(place);
      return;
    }
    this.#slots.free(place);
    if (!mustRelease) this.#freed(lane);
    else if (hasOutcome) void this.#release(place);
    else void this.#giveUp(place);
  }

  /** The code of a run that has its outcome has ended. */
  async #release({ id, lane }: Pick<SharedPlace, "id" | "lane">) {
    try {
      await this.#parts.writer.write({ kind: "release", id });
      this.#freed(lane);
    } catch {
      // It is found, and released again.
      this.#adoption.want();
    }
  }

  /** A run that is not carried here any more has no outcome: it is queued again, where another attempt may be made. */
  async #giveUp({ id, lane }: SharedPlace): Promise<void> {
    try {
      await this.#adoption.giveUp(id, queueAgain(id, this.#parts));
      this.#freed(lane);
    } catch {
      // The store is closed: the others take it over.
    }
  }

  /** A slot of a lane has become free, which any replica may use. */
  #freed(lane: string | null): void {
    if (lane === null && !this.#mayBeQueued) return;
    this.claim(lane);
    if (lane !== null && (this.#isClosed || this.#counts.total > 0))
      this.#parts.bell.ring(`q${lane}`);
  }

  #tick(): void {
    const now = performance.now();
    if (now - this.#claimedAt >= CLAIM_MS) this.#isWanted = true;
    this.#look();
  }

  /** Looks at the queue, one thing after the other, until there is nothing to do. */
  #look(): void {
    if (this.#isClosed || this.#onArrival === undefined) return;
    if (this.#parts.trouble() !== undefined) return;
    this.#isLooking ??= this.#lookAround()
      .catch((error: unknown) => {
        this.#fail(error);
      })
      .finally(() => {
        this.#isLooking = undefined;
      });
  }

  async #lookAround(): Promise<void> {
    // What this turn of the event loop still asks for is looked for, too.
    await new Promise(setImmediate);
    const now = performance.now();
    if (this.#adoption.isDue) await this.#adopt();
    if (this.#mayBeQueued && now - this.#countedAt >= LOOK_MS) {
      this.#countedAt = now;
      await this.#counts.look([...this.#facts.values()]);
    }
    while (this.#isWanted && !this.#isClosed) {
      this.#isWanted = false;
      this.#claimedAt = performance.now();
      await this.#claimOnce();
      if (this.#adoption.isWanted) await this.#adopt();
    }
  }

  async #claimOnce(): Promise<void> {
    const all = [...this.#facts.values(), ...this.#orphans];
    const lanes = [...this.#lanes];
    this.#lanes.clear();
    let isEmpty = true;
    for (const isIsolated of [false, true]) {
      const actions = all.filter((facts) => facts.isIsolated === isIsolated);
      const room = this.#slots.roomFor(isIsolated);
      if (actions.length === 0) continue;
      if (room <= 0) {
        isEmpty = false;
        continue;
      }
      const claimed = await this.#claims.claim(actions, { room, lanes });
      const { runs, hasMore, hasLocked } = claimed;
      if (claimed.hasUnread) this.#adoption.want();
      for (const laned of runs) this.#arrive(laned);
      if (hasMore) this.#isWanted = true;
      if (hasMore || hasLocked) isEmpty = false;
      if (hasLocked) {
        const timer = setTimeout(() => {
          for (const lane of lanes) this.#lanes.add(lane);
          this.claim();
        }, LOCKED_MS);
        timer.unref();
      }
    }
    if (isEmpty && !this.#isWanted) this.#mayBeQueued = this.#counts.total > 0;
    // Others may have room for what is left.
    else if (this.#slots.roomFor(false) <= 0 && this.#waitsForTurn())
      this.#parts.bell.ring("q");
  }

  #waitsForTurn(): boolean {
    for (const { isHeld } of this.#places.values()) if (!isHeld) return true;
    return false;
  }

  /** A run is recorded as running here. */
  #arrive({ run, lane }: LanedRun): void {
    let place = this.#places.get(run.id);
    if (place?.isHeld === true) return;
    const isKnown = place !== undefined;
    place ??= this.#openPlace(run, lane);
    this.#slots.hold(place);
    place.clock?.[Symbol.dispose]();
    place.mustRelease = true;
    place.queuedSince = Infinity;
    place.attempt = run.attempt;
    this.#parts.bell.ring(`s${run.id}`);
    if (isKnown) {
      this.#counts.add(place, -1);
      place.giveTurn("here");
      return;
    }
    this.#onArrival?.(run, place).catch((error: unknown) => {
      this.#parts.log.error(
        "A run that was claimed could not be carried out.",
        {
          run_id: run.id,
          error,
        },
      );
    });
  }

  #openPlace(run: Run, lane: string | null): SharedPlace {
    const { id, owner } = run;
    const address = `${run.package}/${run.action}`;
    const isIsolated = this.#facts.get(address)?.isIsolated === true;
    const place = new SharedPlace(
      { id, address, owner, lane, isIsolated },
      this,
    );
    this.#places.set(run.id, place);
    return place;
  }

  /** Takes care of what was lost, and of what no replica would take. */
  async #adopt(): Promise<void> {
    await this.#adoption.look();
    this.#orphans = await this.#claims.orphans();
  }

  #fail(error: unknown): void {
    this.#adoption.want();
    if (error instanceof DatabaseError && error.state === "FL001")
      this.#parts.writer.fence(
        "The fleet has taken this replica for dead, and others go on with its runs.",
      );
    else this.#parts.log.warn("Queued runs cannot be claimed now.", { error });
  }

  #mayStart({ concurrency, address, isIsolated }: ActionFacts): boolean {
    return (
      !this.#isClosed &&
      concurrency === undefined &&
      this.#slots.roomFor(isIsolated) > 0 &&
      this.#counts.of(address) === 0
    );
  }

  #factsOf(entry: Limited): ActionFacts {
    const known = this.#byEntry.get(entry.action);
    if (known !== undefined) return known;
    throw new Error(`The action ${entry.address} is not known to the fleet.`);
  }

  #refuseWhenLost(): void {
    const trouble = this.#parts.trouble();
    if (trouble === undefined) return;
    throw new ServerError("store_unavailable", trouble, {
      retryAfterSeconds: 5,
    });
  }
}
