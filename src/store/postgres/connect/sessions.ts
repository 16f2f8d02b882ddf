/** Whether there is a pooler between a client and the database. */
import { setTimeout } from "node:timers/promises";
import type { Client } from "./client.ts";

/** How long a notice may take to come back. */
const HEAR_MS = 500;

/**
 * Whether each connection of a client is one of the server, for as long as it lasts. A pooler that gives each
 * transaction another one passes on no notices. It also mixes up prepared statements: clients give the same names to
 * different statements, and would be answered by those of others.
 *
 * @throws {DatabaseError}
 */
export async function keepsSessions(client: Client): Promise<boolean> {
  const channel = `actiond_${crypto.randomUUID()}`;
  const heard = Promise.withResolvers<true>();
  const listening = await client.listen(channel, () => {
    heard.resolve(true);
  });
  const ended = new AbortController();
  try {
    await client.query("select pg_notify($1, '')", [channel]);
    const { signal } = ended;
    return await Promise.race([
      heard.promise,
      setTimeout(HEAR_MS, false, { signal }).catch(() => false),
    ]);
  } finally {
    ended.abort();
    await listening.unlisten();
  }
}
