/** Finds the secrets of a run: those of its request, those that were posted, those of the file, those of the environment. */
import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import { ServerError } from "../errors.ts";
import { hide } from "../hidden.ts";
import type { DecryptKeys } from "./decrypt-keys.ts";
import { openSecret } from "./envelope.ts";
import type { SecretsFile } from "./secrets-file.ts";
import type { SentRequest } from "./sent-request.ts";

export type Secrets = Readonly<Record<string, string>>;

/** Whose runs get secrets that were posted: those of every package, or of one. */
export type Scope = "global" | { readonly package: string };

type Asking = Pick<CatalogEntry, "package" | "address"> & {
  readonly action: Pick<CatalogEntry["action"], "secrets">;
};

interface Found {
  readonly values: Secrets;
  /** The names of declared secrets that are nowhere. */
  readonly missing: readonly string[];
}

interface Parts {
  readonly file?: Pick<SecretsFile, "get"> | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly keys: DecryptKeys;
}

interface Posted extends Disposable {
  readonly secrets: Secrets;
}

const NOTHING: Found = { values: Object.freeze({}), missing: [] };

export class Vault {
  readonly #parts: Parts;
  readonly #packages = new Map<string, Posted>();
  /** The values of the environment that logs hide from now on. */
  readonly #hidden = new Set<string>();
  #global: Posted | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get keys(): DecryptKeys {
    return this.#parts.keys;
  }

  /**
   * Takes secrets in the place of those that were posted for this scope before. They are in memory alone.
   */
  post(scope: Scope, secrets: Secrets): void {
    const posted = { secrets, ...hide(Object.values(secrets)) };
    if (scope === "global") {
      this.#global?.[Symbol.dispose]();
      this.#global = posted;
      return;
    }
    this.#packages.get(scope.package)?.[Symbol.dispose]();
    this.#packages.set(scope.package, posted);
  }

  /** Finds every secret that was sent or posted for a run, and those that its action declares. */
  find(entry: Asking, sent: SentRequest | undefined): Found {
    const { secrets: names } = entry.action;
    const hasPosted = this.#global !== undefined || this.#packages.size > 0;
    if (names.length === 0 && !hasPosted && sent?.hasSecrets !== true)
      return NOTHING;
    const given = { ...this.#postedFor(entry), ...sent?.secrets };
    const values: Record<string, string> = { ...given };
    const missing: string[] = [];
    for (const name of names) {
      const value =
        own(sent?.secrets, name) ??
        this.#inHeader(name, sent) ??
        own(given, name) ??
        this.#onServer(name);
      if (value === undefined) missing.push(name);
      else values[name] = value;
    }
    return { values: Object.freeze(values), missing };
  }

  /** Whether the request brought secrets, which the run could not get elsewhere. */
  isSent({ action }: Asking, sent: SentRequest | undefined): boolean {
    if (sent === undefined) return false;
    return sent.hasSecrets || this.#isAnyInHeader(action.secrets, sent);
  }

  /** @throws {ServerError} `missing_secret`, which names it */
  refuseMissing(entry: Asking, sent: SentRequest | undefined): void {
    const { missing } = this.find(entry, sent);
    if (missing.length > 0)
      throw new ServerError("missing_secret", toMessage(entry, missing), {
        errors: missing.map((name) => ({
          path: `/secrets/${name}`,
          message: "is missing",
        })),
      });
  }

  #postedFor({ package: name }: Pick<Asking, "package">): Secrets {
    return { ...this.#global?.secrets, ...this.#packages.get(name)?.secrets };
  }

  #isAnyInHeader(names: readonly string[], sent: SentRequest): boolean {
    if (names.length === 0) return false;
    return names.some((name) => this.#inHeader(name, sent) !== undefined);
  }

  /** Clients of the original may send the secret `api_token` as `x-api-token`. */
  #inHeader(name: string, sent: SentRequest | undefined): string | undefined {
    const header = `x-${name.replaceAll("_", "-")}`;
    const text = sent?.get(header) ?? "";
    if (text === "") return undefined;
    const value = openSecret(header, text, this.#parts.keys);
    sent?.hide(value);
    return value;
  }

  /** A variable that is empty counts as one that is not set. */
  #onServer(name: string): string | undefined {
    const { file, environment, keys } = this.#parts;
    const kept = file?.get(name);
    if (kept !== undefined) return kept;
    const variable = name.toUpperCase();
    const text = own(environment, name) ?? own(environment, variable) ?? "";
    if (text === "") return undefined;
    const value = openSecret(variable, text, keys);
    if (this.#hidden.has(value)) return value;
    this.#hidden.add(value);
    hide([value]);
    return value;
  }
}

/** @returns a member that not every object has, such as `constructor` */
function own<Value>(
  members: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return members !== undefined && Object.hasOwn(members, name)
    ? members[name]
    : undefined;
}

/** @returns a sentence for whoever sends the request */
export function toMessage(
  { address }: Pick<Asking, "address">,
  missing: readonly string[],
): string {
  const names = missing.map((name) => JSON.stringify(name)).join(", ");
  const [what, it, variable] =
    missing.length === 1
      ? ["the secret", "it", "an environment variable"]
      : ["the secrets", "them", "environment variables"];
  return `${address} needs ${what} ${names}. Send ${it} in x-action-context, or give ${it} to the server with --secrets-file or ${variable}.`;
}
