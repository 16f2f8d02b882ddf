/** What is known of receivers while something is owed to them: one lane each, in the share of its key. */
import type { RunId } from "../run/run.ts";
import type { Receiver } from "../run/delivery/delivery.ts";

/** An attempt that is under way. */
interface Place {
  /** It holds no place of the quick ones any more, because it takes so long. */
  isSlow: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** The deliveries of one key to one host and port. They stay in the store: this is all of it that is in memory. */
export interface Lane extends Receiver {
  readonly share: Share;
  readonly site: Site;
  readonly inFlight: Map<RunId, Place>;
  /** Set while the store is asked for a delivery. */
  isLooking: boolean;
  /** When to look for its next delivery; Infinity when nothing is known to be owed. */
  lookAt: number;
  /** The number of attempts in a row that did not succeed. */
  failureCount: number;
  /** No attempt begins until this timer fires. */
  rest: NodeJS.Timeout | undefined;
}

/** One host of one key, whatever its port. */
export interface Site {
  readonly name: string;
  /** Its lanes that are ready and wait for another attempt to this host to end. */
  readonly parked: Set<Lane>;
  count: number;
}

/** Receivers that answered last time come first, then new ones, then those that did not answer. */
export const STANDINGS = ["answers", "is new", "fails"] as const;
export type Standing = (typeof STANDINGS)[number];

/** What one key has of the places. */
export class Share {
  readonly owner: string;
  readonly sites = new Map<string, Site>();
  /** The lanes that may begin an attempt, next in turn first. */
  readonly ready: Readonly<Record<Standing, Set<Lane>>> = {
    answers: new Set(),
    "is new": new Set(),
    fails: new Set(),
  };
  /** Attempts under way that are not slow, and looks into the store. */
  count = 0;
  slowCount = 0;
  laneCount = 0;

  constructor(owner: string) {
    this.owner = owner;
  }

  get isReady(): boolean {
    return STANDINGS.some((standing) => this.ready[standing].size > 0);
  }

  /** @returns the site of this host, which is the same whatever its port */
  siteOf(host: string): Site {
    const name = host.replace(/:\d+$/, "");
    let site = this.sites.get(name);
    if (site === undefined) {
      site = { name, parked: new Set(), count: 0 };
      this.sites.set(name, site);
    }
    return site;
  }

  leave(lane: Lane): void {
    for (const standing of STANDINGS) this.ready[standing].delete(lane);
    lane.site.parked.delete(lane);
  }
}
