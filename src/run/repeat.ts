/** Repeated requests: the same idempotency key and the same request is the same run. */
import { ServerError } from "../errors.ts";
import type { ActiveRun } from "./active-run.ts";
import type { Run, RunStore } from "./run.ts";
import type { Runner } from "./runner.ts";

/** The run an earlier request made: it is going on, or it has ended. */
export type Earlier =
  | { readonly run: ActiveRun; readonly recorded: Promise<void> }
  | { readonly finished: Run };

/** Two owners may have the same idempotency key: neither hears of the other. */
export interface RepeatKey {
  readonly owner: string;
  readonly idempotencyKey: string;
  readonly fingerprint: string;
}

/** Tells one request from another: action and input, whatever the order of the input's members. */
export function toRequestFingerprint(address: string, input: unknown): string {
  return new Bun.CryptoHasher("sha256")
    .update(`${address}\n${JSON.stringify(input, sortMembers)}`)
    .digest("hex");
}

/** What requests have asked for under a key. A key lives as long as its run. */
export class Repeats {
  readonly #store: RunStore;
  readonly #runner: Runner;
  /** Runs that have no outcome on disk: the store may not know them yet. */
  readonly #active = new Map<
    string,
    { run: ActiveRun; recorded: Promise<void>; fingerprint: string }
  >();

  constructor(store: RunStore, runner: Runner) {
    this.#store = store;
    this.#runner = runner;
  }

  /**
   * @returns undefined when the key is new
   * @throws {ServerError} `idempotency_key_reused` when the key belongs to another request
   */
  find(key: RepeatKey): Earlier | undefined {
    const { owner, idempotencyKey, fingerprint } = key;
    const active = this.#active.get(toName(key));
    const kept =
      active === undefined
        ? this.#store.findByIdempotencyKey(owner, idempotencyKey)
        : undefined;
    const earlier = active ?? kept;
    if (earlier === undefined) return undefined;
    if (earlier.fingerprint !== fingerprint)
      throw new ServerError(
        "idempotency_key_reused",
        `The idempotency key ${JSON.stringify(idempotencyKey)} belongs to another action or another input.`,
      );
    if (active !== undefined) return active;
    // It may have been queued again after a restart.
    const run = this.#runner.find((kept as Run).id);
    if (run === undefined) return { finished: kept as Run };
    return { run, recorded: Promise.resolve() };
  }

  /** The run has this key from now on. */
  add(key: RepeatKey, run: ActiveRun, recorded: Promise<void>): void {
    const name = toName(key);
    const { fingerprint } = key;
    this.#active.set(name, { run, recorded, fingerprint });
    const forget = () => this.#active.delete(name);
    run.onFinish(forget);
    recorded.catch(forget);
  }
}

/** An owner is the id of a key, which has no line break. */
function toName({ owner, idempotencyKey }: RepeatKey): string {
  return `${owner}\n${idempotencyKey}`;
}

function sortMembers(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
