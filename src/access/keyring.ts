/** The keys there are now: from the text of a key to its caller. */
import { ServerError } from "../errors.ts";
import type { AccessTokens } from "./access-tokens.ts";
import { type Caller, CONFIGURED_ID, isAdmin, SCOPES } from "./caller.ts";
import { type Key, type KeyStore, stateOf } from "./key.ts";
import { hashToken, isSameHash, isToken } from "./token.ts";

/** Uses of a key closer together than this are recorded as one. */
const USE_MS = 60_000;

interface Entry extends Pick<Key, "hash" | "expiresAt" | "revokedAt"> {
  readonly caller: Caller;
  /** When it was last recorded as used; undefined for the configured key, whose use is not recorded. */
  usedAt: number | undefined;
}

export interface KeyringParts {
  /** The text of the configured key. */
  readonly configured: string | undefined;
  /** Undefined: only keys are accepted. */
  readonly tokens?: AccessTokens | undefined;
  readonly store: KeyStore;
  readonly now: () => number;
  /** Is told that the keys could not be read again: those that were known go on being used. */
  readonly onError: (error: unknown) => void;
}

/** The keys are in memory, and read again soon after somebody else has changed them. */
export class Keyring implements Disposable {
  readonly #parts: KeyringParts;
  readonly #configured: Entry | undefined;
  readonly #watch: Disposable;
  /** By hash. */
  #entries = new Map<string, Entry>();
  #isOn = false;
  /** The ids of the keys that may run actions, and until when they all may. */
  #runners: { readonly ids: ReadonlySet<string>; readonly until: number } = {
    ids: new Set(),
    until: Infinity,
  };

  /** Reads the keys for the first time. */
  static async open(parts: KeyringParts): Promise<Keyring> {
    const keyring = new Keyring(parts);
    try {
      await keyring.#load();
    } catch (error) {
      keyring[Symbol.dispose]();
      throw error;
    }
    return keyring;
  }

  private constructor(parts: KeyringParts) {
    this.#parts = parts;
    this.#isOn = parts.tokens !== undefined;
    this.#configured =
      parts.configured === undefined ? undefined : toEntry(parts.configured);
    this.#watch = parts.store.onChange(() => {
      this.#load().catch(parts.onError);
    });
  }

  /** What callers may send in place of a key. */
  get tokens(): AccessTokens | undefined {
    return this.#parts.tokens;
  }

  /**
   * Whether requests need a key, or an access token. Once there was a key, even a revoked one, they do until the server
   * ends: nobody opens a server by revoking its last key.
   */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Whether any key is valid now, or access tokens are accepted. */
  get hasValidKey(): boolean {
    if (this.tokens !== undefined) return true;
    const now = this.#parts.now();
    return [...this.#entries.values()].some(
      (entry) => stateOf(entry, now) === "active",
    );
  }

  /**
   * @returns how many valid keys there are besides this one that may run actions. Nobody knows who has access tokens: where
   * they are accepted, there is always one other caller.
   */
  othersOf(keyId: string): number {
    if (this.#parts.now() >= this.#runners.until) this.#findRunners();
    const { ids } = this.#runners;
    const unknownCount = this.tokens === undefined ? 0 : 1;
    return ids.size - (ids.has(keyId) ? 1 : 0) + unknownCount;
  }

  /** @throws {ServerError} `unauthorized` when this is not a key, or one that is no longer valid */
  identify(token: string): Caller {
    if (!isToken(token))
      throw refusal(
        "This is not an API key. It may be mistyped or incomplete.",
      );
    const hash = hashToken(token);
    const entry = this.#entries.get(hash);
    // The time a search takes may tell how far a hash matched, so a hash that was found is compared again in constant time.
    if (entry === undefined || !isSameHash(entry.hash, hash))
      throw refusal("This API key is not known.");
    const now = this.#parts.now();
    const state = stateOf(entry, now);
    if (state !== "active") throw refusal(`This API key is ${state}.`);
    this.#recordUse(entry, now);
    return entry.caller;
  }

  /** @returns the name of the key with this id, even of a revoked key; "" if no key has it */
  nameOf(keyId: string): string {
    const entries = [...this.#entries.values()];
    const found = entries.find(({ caller }) => caller.keyId === keyId);
    return found?.caller.name ?? "";
  }

  /** Reads the keys again, after this process has changed them. */
  async reload(): Promise<void> {
    await this.#load();
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  async #load(): Promise<void> {
    const known = (await this.#parts.store.list()).map((key) =>
      this.#toEntry(key),
    );
    if (this.#configured !== undefined) known.push(this.#configured);
    this.#entries = new Map(known.map((entry) => [entry.hash, entry]));
    if (known.length > 0) this.#isOn = true;
    this.#findRunners();
  }

  #findRunners(): void {
    const now = this.#parts.now();
    const valid = [...this.#entries.values()].filter(
      (entry) =>
        stateOf(entry, now) === "active" &&
        (entry.caller.scopes.includes("run") || isAdmin(entry.caller)),
    );
    this.#runners = {
      ids: new Set(valid.map(({ caller }) => caller.keyId)),
      until: Math.min(...valid.map(({ expiresAt }) => expiresAt ?? Infinity)),
    };
  }

  /** A use that is known here may not have been on disk when the keys were read. */
  #toEntry(key: Key): Entry {
    const entry = fromKey(key);
    const usedAt = this.#entries.get(key.hash)?.usedAt ?? 0;
    return { ...entry, usedAt: Math.max(usedAt, entry.usedAt ?? 0) };
  }

  #recordUse(entry: Entry, now: number): void {
    if (entry.usedAt === undefined || now - entry.usedAt < USE_MS) return;
    entry.usedAt = now;
    // A store that cannot be written says so to those who start runs; for this, the next minute is soon enough.
    this.#parts.store.recordUse(entry.caller.keyId, now).catch(() => {});
  }
}

function toEntry(configured: string): Entry {
  return {
    hash: hashToken(configured),
    expiresAt: null,
    revokedAt: null,
    usedAt: undefined,
    caller: {
      keyId: CONFIGURED_ID,
      name: CONFIGURED_ID,
      scopes: SCOPES,
      packages: null,
    },
  };
}

function fromKey(key: Key): Entry {
  const { id, name, scopes, packages, hash, expiresAt, revokedAt } = key;
  return {
    hash,
    expiresAt,
    revokedAt,
    usedAt: key.lastUsedAt ?? 0,
    caller: { keyId: id, name, scopes, packages },
  };
}

function refusal(message: string): ServerError {
  return new ServerError("unauthorized", message);
}
