/** The keys there are now: from the text of one to its caller. */
import { ServerError } from "../errors.ts";
import { type Caller, CONFIGURED_ID, SCOPES } from "./caller.ts";
import { hashToken, isSameHash, isTokenForm } from "./token.ts";

interface Entry {
  readonly hash: Buffer;
  readonly caller: Caller;
}

export class Keyring {
  /** By hash, in hex. */
  readonly #entries = new Map<string, Entry>();

  /** @param configured the text of the configured key */
  constructor({ configured }: { configured: string | undefined }) {
    if (configured === undefined) return;
    const hash = hashToken(configured);
    this.#entries.set(hash.toString("hex"), {
      hash,
      caller: {
        keyId: CONFIGURED_ID,
        name: CONFIGURED_ID,
        scopes: SCOPES,
        packages: null,
      },
    });
  }

  /** Whether requests need a key. */
  get isOn(): boolean {
    return this.#entries.size > 0;
  }

  /** @throws {ServerError} `unauthorized` when this is no key, or one that is no longer good */
  identify(token: string): Caller {
    if (!isTokenForm(token)) throw unknownKey();
    const hash = hashToken(token);
    const entry = this.#entries.get(hash.toString("hex"));
    if (entry === undefined || !isSameHash(entry.hash, hash))
      throw unknownKey();
    return entry.caller;
  }
}

function unknownKey(): ServerError {
  return new ServerError("unauthorized", "There is no such API key.");
}
