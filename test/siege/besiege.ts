/** Carries out attacks, and finds what they have broken: meanwhile, after them, and after a restart. */
import { type Castle, openCastle, type Watch } from "./castle.ts";

/** What one caller may send to take the server from the others, and what it may cost at most. */
export interface Attack {
  readonly title: string;
  readonly options?: readonly string[];
  /** See `openCastle`. */
  readonly command?: readonly string[];
  /** @returns what is not as it should be */
  readonly run: (castle: Castle) => Promise<readonly string[] | void>;
  /** How often the server is killed and started after it; once where omitted. */
  readonly restarts?: number;
  /** Limits that differ from `LIMITS`. */
  readonly limits?: Partial<Watch>;
}

/** A machine that is busy with other things makes everything slow, but takes no processor time from the event loop. */
const LIMITS: Watch = {
  worstMs: 3000,
  heldMs: 50,
  otherMs: 5000,
  otherFailures: 0,
  peakMb: 1500,
};
const PATIENCE_MS = 20_000;

/**
 * Carries out attacks one after the other on the same server.
 *
 * @param attacks with the same options and commands
 */
export async function besiege(
  ...attacks: readonly [Attack, ...Attack[]]
): Promise<{ watch: Watch; mistakes: readonly string[] }> {
  const [{ options, command }] = attacks;
  await using castle = await openCastle(options, command);
  const mistakes: string[] = [];
  let watch: Watch | undefined;
  // What is slow only the first time is not the attackers' doing.
  if (!(await isServed(castle))) mistakes.push("Another key is not served.");
  for (const attack of attacks) {
    watch = await castle.watch(async () => {
      for (const mistake of (await attack.run(castle)) ?? [])
        mistakes.push(`${attack.title}: ${mistake}`);
    });
    const limits = { ...LIMITS, ...attack.limits };
    for (const [name, limit] of Object.entries(limits)) {
      const seen = watch[name as keyof Watch];
      if (seen > limit)
        mistakes.push(
          `${attack.title}: ${name} is ${Math.round(seen)}, above ${limit}.`,
        );
    }
    if (!(await isServed(castle)))
      mistakes.push(`After ${attack.title}, another key is not served.`);
  }
  for (const { restarts = 1 } of attacks.slice(-1))
    for (let count = 1; count <= restarts; count += 1) {
      await castle.restart();
      if (!(await isServed(castle)))
        mistakes.push(`After restart ${count}, another key is not served.`);
    }
  return { watch: watch as Watch, mistakes };
}

/** Whether another key can look at the actions and have a run carried out, and the operator can look at the server. */
async function isServed({ server, headers }: Castle): Promise<boolean> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const replies = await Promise.all([
      server.request("/api/actions", { headers: headers("alice"), signal }),
      server.request("/api/server", { headers: headers("operator"), signal }),
      server.request("/api/actions/castle/greet/run", {
        method: "POST",
        headers: headers("alice"),
        body: '{"name":"Alice"}',
        signal,
      }),
    ]);
    return replies.every(({ status }) => status === 200);
  } catch {
    return false;
  }
}
