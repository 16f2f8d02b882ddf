/** Reads from a running server which actions it has. */
import type { JsonSchema } from "../action/schema.ts";
import { OperatorError } from "../errors.ts";
import type { DescribedAction } from "./described-action.ts";

/** The members of an action, as `GET /api/actions` lists it, that a client needs. */
interface ListedAction {
  readonly package: string;
  readonly action: string;
  readonly description: string;
  readonly input_schema: JsonSchema;
  readonly output_schema: JsonSchema | null;
}

/**
 * @param key the API key, if the server asks for one
 * @throws {OperatorError} it cannot be reached, or refuses
 */
export async function readServer(
  url: URL,
  key: string | undefined,
): Promise<DescribedAction[]> {
  const headers: Record<string, string> =
    key === undefined ? {} : { authorization: `Bearer ${key}` };
  const base = url.href.replace(/\/$/, "");
  const reply = await fetch(`${base}/api/actions`, { headers }).catch(
    (error: unknown) => {
      throw new OperatorError(
        `${base} cannot be reached: ${(error as Error).message}`,
        { cause: error },
      );
    },
  );
  const body: unknown = await reply.json().catch(() => undefined);
  if (!reply.ok || !Array.isArray(body)) {
    const { detail } = (body ?? {}) as { detail?: string };
    throw new OperatorError(
      `${base} does not list its actions: ${detail ?? `it answered with the status ${reply.status}.`}`,
    );
  }
  return (body as ListedAction[]).map((listed) => ({
    package: listed.package,
    action: listed.action,
    description: listed.description,
    inputSchema: listed.input_schema,
    outputSchema: listed.output_schema,
  }));
}
