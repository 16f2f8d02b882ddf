/** An OAuth issuer on loopback: it describes itself, publishes its keys, and gives tokens to a client that knows its secret. */
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";

export const CLIENT = { clientId: "robot", clientSecret: "sesame" };

/** Members may be undefined, to be left out. */
export type Members = Readonly<Record<string, unknown>>;

export class TestIssuer implements AsyncDisposable {
  readonly url: string;
  /** The forms of those who asked for tokens. */
  readonly asked: URLSearchParams[] = [];
  /** What it answers every request with in place of what is right; undefined: it works. */
  trouble: (() => Response) | undefined;
  readonly #server: Bun.Server<undefined>;
  #keys: { readonly id: string; readonly pair: KeyPair }[] = [];

  private constructor(port: number) {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port,
      fetch: (request) => this.trouble?.() ?? this.#answer(request),
    });
    this.url = this.#server.url.origin;
  }

  static async open(port = 0): Promise<TestIssuer> {
    const issuer = new TestIssuer(port);
    await issuer.rotate();
    return issuer;
  }

  /** Signs with a new key from now on, and forgets the others. */
  async rotate(): Promise<void> {
    const pair = await generateKeyPair("ES256");
    this.#keys = [{ id: crypto.randomUUID(), pair }];
  }

  /** @param header more of it, or other values */
  async sign(claims: Members, header: Members = {}): Promise<string> {
    const [key] = this.#keys;
    if (key === undefined) throw new Error("There is no key.");
    return await new SignJWT({ iss: this.url, ...claims })
      .setProtectedHeader({
        alg: "ES256",
        kid: key.id,
        typ: "at+jwt",
        ...header,
      })
      .sign(key.pair.privateKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    switch (new URL(request.url).pathname) {
      case "/.well-known/oauth-authorization-server":
        return Response.json({
          issuer: this.url,
          jwks_uri: `${this.url}/keys`,
          authorization_endpoint: `${this.url}/authorize`,
          token_endpoint: `${this.url}/token`,
          response_types_supported: ["code"],
          grant_types_supported: ["client_credentials"],
          token_endpoint_auth_methods_supported: ["client_secret_basic"],
        });
      case "/keys":
        return Response.json({
          keys: await Promise.all(
            this.#keys.map(async ({ id, pair }) => ({
              ...(await exportJWK(pair.publicKey)),
              kid: id,
              alg: "ES256",
            })),
          ),
        });
      case "/token":
        return await this.#grant(request);
      default:
        return new Response(null, { status: 404 });
    }
  }

  async #grant(request: Request): Promise<Response> {
    const { clientId, clientSecret } = CLIENT;
    const right = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
    if (request.headers.get("authorization") !== right)
      return Response.json({ error: "invalid_client" }, { status: 401 });
    const form = new URLSearchParams(await request.text());
    this.asked.push(form);
    const scope = form.get("scope") ?? "";
    return Response.json({
      access_token: await this.sign({
        sub: clientId,
        aud: form.get("resource") ?? "",
        exp: inAnHour(),
        scope,
      }),
      token_type: "Bearer",
      expires_in: 3600,
      scope,
    });
  }
}

interface KeyPair {
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

/** In seconds since 1970, as claims have it. */
export function inAnHour(): number {
  return Math.floor(Date.now() / 1000) + 3600;
}
