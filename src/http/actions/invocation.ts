/**
 * Unwraps the body of requests with `x-action-invocation-context`. Clients of Sema4.ai's Action Server then put the input
 * into the member `body`, and beside it what would be headers but may be too large for them, such as `x-action-context`.
 */
import { invalidMember } from "../../run/input/envelope.ts";
import type { InputReader } from "../../run/input/input-reader.ts";

const HEADER = "x-action-invocation-context";

interface Unwrapped {
  readonly input: unknown;
  /** Those of the request, and in their place those in its body. */
  readonly headers: Headers;
}

export function isEnveloped(headers: Headers): boolean {
  return (headers.get(HEADER) ?? "") !== "";
}

/**
 * @param options.owner whose it is
 * @throws {ServerError} `invalid_json`, `invalid_input`, `invalid_header`, `input_too_large`
 */
export async function unwrap(
  { headers: sent }: { readonly headers: Headers },
  bytes: Uint8Array,
  { inputs, owner }: { inputs: Pick<InputReader, "open">; owner: string },
): Promise<Unwrapped> {
  if (bytes.length === 0) return { input: bytes, headers: sent };
  const { input, beside } = await inputs.open(bytes, owner);
  const headers = new Headers(sent);
  for (const [name, value] of beside) set(headers, name, value);
  return { input, headers };
}

function set(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    throw invalidMember(name);
  }
}
