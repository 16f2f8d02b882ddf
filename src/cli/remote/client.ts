/** Asks a running server over HTTP, and turns what it refuses into messages for people. */
import { readConfiguredKey } from "../../access/configured-key.ts";
import { OperatorError, UsageError } from "../../errors.ts";

export interface RemoteConfig {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly apiKeyFile: string | undefined;
}

/** A problem document (RFC 9457), as far as it is shown. */
export interface Problem {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly path: string;
    readonly message: string;
  }[];
}

export class ServerClient {
  readonly #url: string;
  readonly #key: string | undefined;

  /** @throws {UsageError} the key cannot be read */
  constructor(config: RemoteConfig) {
    this.#url = config.url;
    this.#key = readConfiguredKey(config);
  }

  /**
   * Sends a request, and returns the reply whatever its status is.
   *
   * @throws {OperatorError} there is no server, or the connection broke
   */
  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers({
      // Also of a failure that the action tells others in a body of its own.
      accept: "application/json, application/problem+json",
      ...(init.headers as Record<string, string> | undefined),
    });
    if (this.#key !== undefined)
      headers.set("authorization", `Bearer ${this.#key}`);
    const url = `${this.#url}${path}`;
    try {
      return await fetch(url, { ...init, headers, redirect: "error" });
    } catch (error) {
      if (init.signal?.aborted === true) throw error;
      throw new OperatorError(
        `No server answers at ${this.#url}: ${(error as Error).message} Start one with "actiond serve", or name another with --url.`,
        { cause: error },
      );
    }
  }

  /**
   * Sends a request that has to succeed.
   *
   * @throws {OperatorError} the server refuses it
   */
  async get(path: string, init: RequestInit = {}): Promise<Response> {
    const reply = await this.ask(path, init);
    if (!reply.ok) throw await toError(reply);
    return reply;
  }

  /** @throws {OperatorError} the server refuses it */
  async getJson<Value>(path: string, init: RequestInit = {}): Promise<Value> {
    return (await (await this.get(path, init)).json()) as Value;
  }
}

/** @returns the error of a request that the server has refused */
export async function toError(reply: Response): Promise<OperatorError> {
  const problem = await readProblem(reply);
  const detail = problem.detail ?? problem.title ?? `HTTP ${reply.status}`;
  if (reply.status === 401)
    return new OperatorError(
      `${detail} Give a key in ACTIOND_API_KEY or with --api-key-file.`,
    );
  const places = (problem.errors ?? []).map(({ path, message }) =>
    path === "" ? message : `${path}: ${message}`,
  );
  const message =
    places.length === 0 ? detail : `${detail} ${places.join("; ")}.`;
  if (problem.code === "invalid_input" || problem.code === "invalid_json")
    return new UsageError(message);
  return new OperatorError(message);
}

/** @returns nothing but the status for a reply that does not come from actiond */
export async function readProblem(reply: Response): Promise<Problem> {
  const text = await reply.text();
  try {
    const parsed = JSON.parse(text) as unknown;
    if (typeof parsed === "object" && parsed !== null) return parsed;
  } catch {
    // A proxy answers in its own way.
  }
  return { detail: `The server answered with status ${reply.status}.` };
}
