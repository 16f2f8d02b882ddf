/** An OAuth issuer: its public keys, which it publishes (RFC 8414). */
import {
  createRemoteJWKSet,
  customFetch,
  type JWTVerifyGetKey,
  type RemoteJWKSet,
} from "jose";

/** How long the issuer may take to answer. */
const TIMEOUT_MS = 5000;
/** Documents of issuers have a few kilobytes. */
const MAX_BYTES = 1024 ** 2;
/** After this the keys are read again; until then tokens are checked even if the issuer cannot be reached. */
const KEYS_MS = 10 * 60_000;
/** A token with an unknown key has the keys read again, but no more often than this. */
const PAUSE_MS = 30_000;
/** An issuer that has failed is left alone for so long, however many tokens arrive. */
const REST_MS = 500;

/** The issuer cannot be reached, or does not answer as it has to. */
class IssuerError extends Error {
  override readonly name = "IssuerError";
}

export class Issuer {
  readonly #url: string;
  readonly #discoverAgain = restAfterFailure(() => this.#discover());
  #keys: Promise<RemoteJWKSet> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** Finds the key of a token. @throws {IssuerError} */
  readonly keyOf: JWTVerifyGetKey = async (header, token) =>
    (await this.keys())(header, token);

  /** Looks for the keys, once. After a failure, the next call tries again. @throws {IssuerError} */
  async keys(): Promise<RemoteJWKSet> {
    this.#keys ??= this.#find();
    try {
      return await this.#keys;
    } catch (error) {
      this.#keys = undefined;
      throw error;
    }
  }

  async #find(): Promise<RemoteJWKSet> {
    const url = await this.#discoverAgain();
    const askForKeys = restAfterFailure(() => ask(url.href));
    const keys = createRemoteJWKSet(url, {
      cacheMaxAge: KEYS_MS,
      cooldownDuration: PAUSE_MS,
      [customFetch]: () => askForKeys(),
    });
    await keys.reload();
    return keys;
  }

  /** @returns where the keys are */
  async #discover(): Promise<URL> {
    const problems: string[] = [];
    for (const url of toMetadataUrls(this.#url)) {
      try {
        const metadata: unknown = await (await ask(url)).json();
        return this.#keysUrlOf(metadata, url);
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
    }
    throw new IssuerError(problems.join(" "));
  }

  #keysUrlOf(metadata: unknown, url: string): URL {
    const { issuer, jwks_uri: keysUrl } = (metadata ?? {}) as Readonly<
      Record<string, unknown>
    >;
    // Otherwise one issuer could speak for another one (RFC 8414 section 3.3).
    if (issuer !== this.#url)
      throw new IssuerError(
        `${url} describes the issuer ${JSON.stringify(issuer)}.`,
      );
    const found = typeof keysUrl === "string" ? URL.parse(keysUrl) : null;
    const isSafe =
      found?.protocol === "https:" ||
      found?.protocol === new URL(this.#url).protocol;
    if (found === null || !isSafe)
      throw new IssuerError(`${url} names no URL of keys.`);
    return found;
  }
}

/** @returns what does the same, and fails for a while as it did before */
function restAfterFailure<Result>(
  work: () => Promise<Result>,
): () => Promise<Result> {
  let failure: unknown;
  let restsUntil = -Infinity;
  return async () => {
    if (performance.now() < restsUntil) throw failure;
    try {
      return await work();
    } catch (error) {
      failure = error;
      restsUntil = performance.now() + REST_MS;
      throw error;
    }
  };
}

/** Where an issuer describes itself: as RFC 8414 says in section 3, and as OpenID Connect Discovery does in section 4. */
function toMetadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
}

/** @throws {IssuerError} */
async function ask(url: string): Promise<Response> {
  let response: Response;
  let text = "";
  try {
    response = await fetch(url, {
      headers: { accept: "application/json" },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MAX_BYTES)
        throw new Error("The answer is larger than 1 MB.");
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new IssuerError(`${url} cannot be read: ${reason}`, { cause: error });
  }
  if (!response.ok) throw new IssuerError(`${url} answers ${response.status}.`);
  return new Response(text);
}
