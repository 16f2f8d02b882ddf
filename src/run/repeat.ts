/** Repeated requests: the same idempotency key and the same request is the same run. */
import { ServerError } from "../errors.ts";
import type { Run } from "./run.ts";

/** What a request is known by. Two owners may have the same idempotency key: neither hears of the other. */
export interface RequestKey {
  readonly owner: string;
  readonly idempotencyKey: string;
  /** A hash of the action and its input, whatever the order of the input's members. */
  readonly fingerprint: string;
}

/** @param address of the action, `{package}/{action}` */
export function toFingerprint(address: string, input: unknown): string {
  return new Bun.CryptoHasher("sha256")
    .update(`${address}\n${JSON.stringify(input, sortMembers)}`)
    .digest("hex");
}

/** @throws {ServerError} `idempotency_key_reused` when the earlier run was asked for by another request */
export function refuseOtherRequest(
  earlier: Run,
  { idempotencyKey, fingerprint }: RequestKey,
): void {
  if (earlier.fingerprint === fingerprint) return;
  throw new ServerError(
    "idempotency_key_reused",
    `The idempotency key ${JSON.stringify(idempotencyKey)} was used before, for another action or another input.`,
  );
}

function sortMembers(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Lets requests with the same key go one after the other, so that a repeated one finds the run of the first. */
export class OneByOne {
  readonly #last = new Map<string, Promise<void>>();

  async take<Value>(
    { owner, idempotencyKey }: RequestKey,
    answer: () => Promise<Value>,
  ): Promise<Value> {
    // An owner is the id of a key, which has no line break.
    const name = `${owner}\n${idempotencyKey}`;
    const before = this.#last.get(name);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(name, promise);
    try {
      await before;
      return await answer();
    } finally {
      resolve();
      if (this.#last.get(name) === promise) this.#last.delete(name);
    }
  }
}
