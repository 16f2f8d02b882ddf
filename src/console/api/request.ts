/** Asks the server, with the key of this tab, and turns what goes wrong into a `Problem`. */
import { reportLost, reportReached } from "./connection.ts";
import { readKey, reportRefusal } from "./key.ts";

/** An error of one member of an input. */
export interface InputError {
  /** JSON Pointer. */
  readonly path: string;
  readonly message: string;
}

interface ProblemBody {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly run_id?: string;
  readonly data?: unknown;
  readonly errors?: readonly InputError[];
}

/** What the server refused, or that it could not be reached. */
export class Problem extends Error {
  override readonly name = "Problem";
  /** 0 when there was no answer. */
  readonly status: number;
  readonly body: ProblemBody;

  constructor(status: number, body: ProblemBody) {
    super(body.detail ?? body.title ?? `The server answered ${status}.`);
    this.status = status;
    this.body = body;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Problem && error.status === 404;
}

export function withKey(headers: Record<string, string> = {}) {
  const key = readKey();
  return key === undefined
    ? headers
    : { ...headers, authorization: `Bearer ${key}` };
}

export type Init = Omit<RequestInit, "headers"> & {
  headers?: Record<string, string>;
};

/**
 * @returns a reply that is not an error
 * @throws {Problem}
 */
export async function request(
  path: string,
  init: Init = {},
): Promise<Response> {
  const response = await send(path, init);
  if (response.ok) return response;
  const problem = new Problem(response.status, await readProblem(response));
  if (response.status === 401) reportRefusal(problem.message);
  throw problem;
}

/** @throws {Problem} */
export async function ask<Answer>(path: string, init?: Init): Promise<Answer> {
  const response = await request(path, init);
  return response.status === 204
    ? (undefined as Answer)
    : ((await response.json()) as Answer);
}

async function send(path: string, init: Init): Promise<Response> {
  try {
    const response = await fetch(path, {
      ...init,
      headers: withKey(init.headers),
      cache: "no-store",
      credentials: "omit",
    });
    reportReached();
    return response;
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    reportLost();
    throw new Problem(0, { detail: "The server cannot be reached." });
  }
}

async function readProblem(response: Response): Promise<ProblemBody> {
  try {
    return (await response.json()) as ProblemBody;
  } catch {
    return { title: `The server answered ${response.status}.` };
  }
}

/** @throws {Problem} 401: there is no such key; a key that may do little is a key all the same */
export async function probeKey(key: string): Promise<void> {
  const response = await fetch("/api/actions", {
    headers: { authorization: `Bearer ${key}` },
    cache: "no-store",
  });
  if (response.status === 401)
    throw new Problem(401, await readProblem(response));
}
