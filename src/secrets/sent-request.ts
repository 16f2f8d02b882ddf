/** What came with the request for a run besides its input. It is in memory alone, until the run has ended. */
import { ServerError } from "../errors.ts";
import { hide } from "../hidden.ts";
import { isSecretName } from "../loggable.ts";
import type { DecryptKeys } from "./decrypt-keys.ts";
import { isObject, type JsonObject, openEnvelope } from "./envelope.ts";

/** The contexts that clients of Sema4.ai's Action Server send; undefined for those that were not sent. */
export interface Contexts {
  readonly action?: JsonObject | undefined;
  readonly data?: JsonObject | undefined;
  readonly invocation?: JsonObject | undefined;
}

const NO_CONTEXTS: Contexts = {};
/** What is no more than this is not counted. */
const SMALL_BYTES = 4096;
/** Each of them is looked for in what is logged. */
const MAX_SECRETS = 100;
/** They may carry the key of the caller. */
const BEARER = /^bearer(?: |$)/i;

export class SentRequest implements Disposable {
  readonly contexts: Contexts;
  readonly #headers: Headers;
  #hidden: DisposableStack | undefined;
  #room: Disposable | undefined;
  #isAdopted = false;

  constructor(headers: Headers, contexts: Contexts) {
    this.#headers = headers;
    this.contexts = contexts;
    const secrets = contexts === NO_CONTEXTS ? [] : listAllSecrets(contexts);
    if (secrets.length > 0) this.hide(...secrets);
  }

  /** @throws {ServerError} `invalid_header` */
  static read(headers: Headers, keys: DecryptKeys): SentRequest {
    return new SentRequest(headers, readContexts(headers, keys));
  }

  /** Whether a run has it: whoever received it need not give it up then. */
  get isAdopted(): boolean {
    return this.#isAdopted;
  }

  adopt(): void {
    this.#isAdopted = true;
  }

  /** A copy of the headers, without what identifies the caller to this server, and without cookies. */
  get headers(): Headers {
    const headers = new Headers(this.#headers);
    if (BEARER.test(headers.get("authorization") ?? ""))
      headers.delete("authorization");
    for (const name of ["x-api-key", "proxy-authorization", "cookie"])
      headers.delete(name);
    return headers;
  }

  /** By their names (RFC 6265 section 5.4). */
  get cookies(): Record<string, string> {
    const header = this.#headers.get("cookie");
    return header === null ? {} : new Bun.CookieMap(header).toJSON();
  }

  /** One header, such as that of a secret. */
  get(name: string): string | null {
    return this.#headers.get(name);
  }

  get hasSecrets(): boolean {
    return this.contexts.action?.["secrets"] !== undefined;
  }

  /** Hides values from logs until the run has ended. */
  hide(...values: readonly string[]): void {
    this.#hidden ??= new DisposableStack();
    this.#hidden.use(hide(values));
  }

  /** The secrets in its action context. Of one for OAuth2 that is the access token. */
  get secrets(): Readonly<Record<string, string>> {
    const { action } = this.contexts;
    return action === undefined ? {} : toSecrets(action["secrets"]);
  }

  /**
   * Makes room for it while the run may have to wait.
   *
   * @param take as `takeBytes`
   */
  takeRoom(take: (byteCount: number) => Disposable): void {
    let byteCount = 0;
    for (const [name, value] of this.#headers)
      byteCount += name.length + value.length;
    // A context is held as a text and as an object.
    if (byteCount > SMALL_BYTES) this.#room = take(byteCount * 2);
  }

  [Symbol.dispose](): void {
    this.#hidden?.[Symbol.dispose]();
    this.#room?.[Symbol.dispose]();
    this.#hidden = undefined;
    this.#room = undefined;
  }
}

/** @returns the secrets that are texts, or objects with an `access_token` */
export function toSecrets(secrets: unknown): Readonly<Record<string, string>> {
  if (!isObject(secrets)) return {};
  const members = Object.entries(secrets).flatMap(([name, value]) => {
    const text = isObject(value) ? value["access_token"] : value;
    return typeof text === "string" ? [[name, text] as const] : [];
  });
  return Object.fromEntries(members);
}

function readContexts(headers: Headers, keys: DecryptKeys): Contexts {
  const action = headers.get("x-action-context");
  const data = headers.get("x-data-context");
  const invocation = headers.get("x-action-invocation-context");
  if (action === null && data === null && invocation === null)
    return NO_CONTEXTS;
  return openContexts({ action, data, invocation }, keys);
}

type Texts = Readonly<Record<keyof Contexts, string | null>>;

function openContexts(
  { action, data, invocation }: Texts,
  keys: DecryptKeys,
): Contexts {
  const open = (name: string, text: string | null) =>
    text === null || text === "" ? undefined : openEnvelope(name, text, keys);
  const opened = {
    action: open("x-action-context", action),
    data: open("x-data-context", data),
    invocation: openIfPossible(invocation, keys),
  };
  const { length: count } = listAllSecrets(opened);
  if (count <= MAX_SECRETS) return opened;
  throw new ServerError(
    "invalid_header",
    `The contexts of a request may have at most ${MAX_SECRETS} secrets, and these have ${count}.`,
  );
}

/** Clients send anything here that only says that the body is an envelope, such as `{}`. */
function openIfPossible(
  text: string | null,
  keys: DecryptKeys,
): JsonObject | undefined {
  if (text === null || text === "") return undefined;
  try {
    return openEnvelope("x-action-invocation-context", text, keys);
  } catch {
    return undefined;
  }
}

function listAllSecrets(contexts: Contexts): string[] {
  return Object.values(contexts).flatMap((context) => listSecrets(context));
}

/** @returns every text below `secrets` and below a name that is one of secrets, such as `password` */
function listSecrets(value: unknown, isSecret = false): string[] {
  if (typeof value === "string") return isSecret ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    // Of an OAuth2 secret, only the token is secret.
    const isOAuth2 = isObject(member) && "access_token" in member;
    return listSecrets(
      member,
      isOAuth2 ? false : isSecret || isSecretName(name),
    );
  });
}
