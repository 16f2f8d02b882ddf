/** Knows the current keys, and finds the caller for the text of a key. */
import { ServerError } from "../errors.ts";
import { type Caller, CONFIGURED_ID, SCOPES } from "./caller.ts";
import { type Key, type KeyStore, stateOf } from "./key.ts";
import { hashToken, isSameHash, isToken } from "./token.ts";

/** How long a change made by another process may go unnoticed. */
const LOOK_MS = 200;
/** Uses of a key that are closer together than this are recorded as one. */
const USE_MS = 60_000;

interface Entry extends Pick<Key, "hash" | "expiresAt" | "revokedAt"> {
  readonly caller: Caller;
  /** When its last recorded use was; undefined for a key whose uses are not recorded. */
  usedAt: number | undefined;
}

export class Keyring {
  readonly #configured: Entry | undefined;
  readonly #store: KeyStore;
  readonly #now: () => number;
  /** The keys by their hashes. */
  #entries = new Map<string, Entry>();
  #version = Number.NaN;
  #lookedAt = -Infinity;
  #isOn = false;

  /** @param parts.configured the text of the configured key */
  constructor(parts: {
    configured: string | undefined;
    store: KeyStore;
    now: () => number;
  }) {
    this.#store = parts.store;
    this.#now = parts.now;
    this.#configured =
      parts.configured === undefined ? undefined : toEntry(parts.configured);
  }

  /**
   * Whether requests need a key. Once there has been a key, even a revoked one, they do until the server ends: revoking
   * the last key does not open a server to everybody.
   */
  get isOn(): boolean {
    this.#look();
    return this.#isOn;
  }

  /** @throws {ServerError} `unauthorized` when the text is not a key, or the key has expired or was revoked */
  identify(token: string): Caller {
    if (!isToken(token))
      throw refusal("This is not an API key. It may be mistyped or cut short.");
    this.#look();
    const hash = hashToken(token);
    const entry = this.#entries.get(hash);
    // The hash that the search found is compared once more, in constant time. The time of the search tells an attacker
    // nothing, because nobody can choose the hash of a text.
    if (entry === undefined || !isSameHash(entry.hash, hash))
      throw refusal("There is no such API key.");
    const now = this.#now();
    const state = stateOf(entry, now);
    if (state !== "active") throw refusal(`This API key is ${state}.`);
    this.#recordUse(entry, now);
    return entry.caller;
  }

  #look(): void {
    const now = this.#now();
    if (now - this.#lookedAt < LOOK_MS && now >= this.#lookedAt) return;
    const version = this.#store.version();
    if (version !== this.#version) this.#load();
    this.#version = version;
    this.#lookedAt = now;
  }

  #load(): void {
    const known = this.#store.list().map(fromKey);
    if (this.#configured !== undefined) known.push(this.#configured);
    this.#entries = new Map(known.map((entry) => [entry.hash, entry]));
    if (known.length > 0) this.#isOn = true;
  }

  #recordUse(entry: Entry, now: number): void {
    if (entry.usedAt === undefined || now - entry.usedAt < USE_MS) return;
    entry.usedAt = now;
    // Callers that need to write are told when the store cannot be written; a use can be recorded a minute later.
    this.#store.recordUse(entry.caller.keyId, now).catch(() => {});
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
