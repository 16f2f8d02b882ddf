/** Carries out an attack, and finds what it has broken: meanwhile, after it, and after a restart. */
import type { Attack } from "./attacks.ts";
import { type Castle, openCastle, type Watch } from "./castle.ts";

const SCOPES = "run,read,cancel";
const PATIENCE_MS = 20_000;

export async function besiege(
  attack: Attack,
): Promise<{ watch: Watch; mistakes: readonly string[] }> {
  await using castle = await openCastle(attack.options, {
    mallory: SCOPES,
    alice: SCOPES,
  });
  const mistakes: string[] = [];
  const watch = await castle.watch(() => attack.run(castle));
  if (watch.peakMb > attack.maxMb)
    mistakes.push(`It took ${watch.peakMb} MB, above ${attack.maxMb}.`);
  if (watch.worstMs > attack.maxWaitMs)
    mistakes.push(
      `Others waited ${Math.round(watch.worstMs)} ms, above ${attack.maxWaitMs}.`,
    );
  if (!(await isServed(castle)))
    mistakes.push("After it, another key is not served.");
  await castle.restart();
  if (!(await isServed(castle)))
    mistakes.push("After a restart, another key is not served.");
  return { watch, mistakes };
}

/** Whether another key can look at the actions and have a run accepted. */
async function isServed({ server, headers }: Castle): Promise<boolean> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const list = await server.request("/api/actions", {
      headers: headers("alice"),
      signal,
    });
    const run = await server.request("/api/actions/castle/greet/run", {
      method: "POST",
      headers: { ...headers("alice"), "x-actions-async-timeout": "0" },
      body: '{"name":"Alice"}',
      signal,
    });
    return list.status === 200 && run.status === 200;
  } catch {
    return false;
  }
}
