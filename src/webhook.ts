/** The module "actiond/webhook", which generated clients contain as well: it checks that a callback is genuine and reads it. It needs nothing but Web Crypto. */

/** How a run ended, as a callback tells it. */
export type CallbackOutcome<Output> = {
  /** The same at every attempt: by this a receiver recognizes a callback that it has already seen. */
  readonly runId: string;
  /** The caller's own id, "" when it gave none. */
  readonly requestId: string;
} & (
  | { readonly status: "passed"; readonly result: Output }
  | {
      readonly status: "failed" | "cancelled";
      readonly error: {
        readonly code: string;
        readonly detail: string;
        readonly retryable: boolean;
        readonly data?: unknown;
      };
    }
);

/** What is needed of a request: `Request` has it, and so has `{ headers, body }`. */
export interface CallbackRequest {
  readonly headers:
    | { get(name: string): string | null }
    | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as it came, byte for byte. */
  readonly body: string;
}

/** The callback does not come from the server, or is too old. Answer it with 401. */
export class InvalidCallbackError extends Error {
  override readonly name = "InvalidCallbackError";
}

/** A callback that is older is one that somebody sends again. */
const TOLERANCE_SECONDS = 300;

/**
 * Checks the signature of a callback, as Standard Webhooks describes it, and reads it.
 *
 * @param secrets those of the server, "whsec_…": any one of them may have signed it
 * @throws {InvalidCallbackError}
 * @throws {TypeError} a secret is not one
 */
export async function readCallback<Output = unknown>(
  request: Request | CallbackRequest,
  secrets: string | readonly string[],
): Promise<CallbackOutcome<Output>> {
  const body = request instanceof Request ? await request.text() : request.body;
  const header = (name: string) => readHeader(request.headers, name);
  await verify(body, header, [secrets].flat());
  const runId = header("x-action-server-run-id");
  const requestId = header("x-actions-request-id");
  const status = header("x-action-server-run-status");
  const value: unknown = JSON.parse(body);
  if (status === "passed")
    return { runId, requestId, status, result: value as Output };
  if (status !== "failed" && status !== "cancelled")
    throw new InvalidCallbackError(
      "The callback does not say how its run ended.",
    );
  const { code, detail, retryable, data } = toCallbackProblem(value);
  const error = { code, detail, retryable };
  return {
    runId,
    requestId,
    status,
    error: data === undefined ? error : { ...error, data },
  };
}

interface CallbackProblem {
  readonly code: string;
  readonly detail: string;
  readonly retryable: boolean;
  readonly data?: unknown;
}

/** A body that the action has chosen for its failure is the data of the error. */
function toCallbackProblem(value: unknown): CallbackProblem {
  const problem = (value ?? {}) as Partial<CallbackProblem>;
  if (typeof problem.code === "string" && typeof problem.detail === "string")
    return problem as CallbackProblem;
  return {
    code: "action_failed",
    detail: "The action failed, and says why in a body of its own.",
    retryable: false,
    data: value,
  };
}

async function verify(
  body: string,
  header: (name: string) => string,
  secrets: readonly string[],
): Promise<void> {
  const timestamp = header("webhook-timestamp");
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (timestamp === "" || !(age <= TOLERANCE_SECONDS))
    throw new InvalidCallbackError(
      "The callback is too old, or the clocks of the server and of the receiver differ.",
    );
  const signed = `${header("webhook-id")}.${timestamp}.${body}`;
  const signatures = header("webhook-signature")
    .split(" ")
    .flatMap((text) => (text.startsWith("v1,") ? [text.slice(3)] : []));
  for (const secret of secrets) {
    const key = await crypto.subtle.importKey(
      "raw",
      toKey(secret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["verify"],
    );
    for (const signature of signatures)
      if (
        await crypto.subtle.verify(
          "HMAC",
          key,
          toBytes(signature),
          new TextEncoder().encode(signed),
        )
      )
        return;
  }
  throw new InvalidCallbackError("The signature of the callback is not valid.");
}

/** @throws {TypeError} it is not a secret: with an empty one, anybody could sign */
function toKey(secret: string): Uint8Array<ArrayBuffer> {
  const key = toBytes(secret.replace(/^whsec_/, ""));
  if (key.length > 0) return key;
  throw new TypeError(
    'A secret must be "whsec_" followed by bytes in base64, as the server has it.',
  );
}

/** @returns no bytes for what is not base64 */
function toBytes(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (character) =>
      character.charCodeAt(0),
    );
  } catch {
    return new Uint8Array();
  }
}

function readHeader(headers: CallbackRequest["headers"], name: string): string {
  if (typeof headers["get"] === "function")
    return (headers as Headers).get(name) ?? "";
  const value = (headers as Record<string, string | undefined>)[name];
  return value ?? "";
}
