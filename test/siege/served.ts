/** What others get while an attack goes on. */
import type { Castle } from "./castle.ts";

/** @returns the status of the reply; 0 where there is none within 5 s */
export async function statusFor(
  { server, headers }: Castle,
  key: "alice" | "operator",
  path: string,
): Promise<number> {
  const signal = AbortSignal.timeout(5000);
  try {
    const reply = await server.request(path, { headers: headers(key), signal });
    await reply.arrayBuffer();
    return reply.status;
  } catch {
    return 0;
  }
}

/** The others are served while it goes on: the operator, health checks, and another key unless it need not be. */
export async function findUnserved(
  castle: Castle,
  keys: readonly ("alice" | "operator")[] = ["alice", "operator"],
): Promise<string[]> {
  const mistakes: string[] = [];
  for (const key of keys) {
    const status = await statusFor(castle, key, "/api/runs?limit=1");
    if (status !== 200) mistakes.push(`${key} was answered ${status}.`);
  }
  const { status } = await castle.server.request("/health/live");
  if (status !== 200) mistakes.push(`The health check was ${status}.`);
  return mistakes;
}
