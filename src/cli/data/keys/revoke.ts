/** Revokes a key. */
import { OperatorError } from "../../../errors.ts";
import { toEntry } from "./describe.ts";
import type { OpenKeys } from "./open.ts";

/**
 * @returns what happened, for people
 * @throws {OperatorError} when there is no such key
 */
export async function revokeKey(
  nameOrId: string,
  { keys, audit, uid, now }: OpenKeys,
): Promise<string> {
  const key = await keys.revoke(nameOrId, now);
  if (key === undefined)
    throw new OperatorError(
      `No valid key has the name or id ${JSON.stringify(nameOrId)}. actiond keys list shows the names and ids.`,
    );
  audit?.record(toEntry("key.revoke", key, uid));
  return `The key "${key.name}" (${key.id}) has been revoked.\n`;
}
