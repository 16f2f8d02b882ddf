/** The actions of a campaign against a fleet: as those against one server, and each attempt tells a witness of itself. */
import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { ActionError, action, type RunContext, t } from "actiond";

const input = t.Object({ n: t.Integer(), ms: t.Integer({ default: 0 }) });
const WITNESS = process.env["WITNESS"] ?? "";

function tell(
  kind: "start" | "end",
  { runId, attempt }: RunContext,
  lane = "",
) {
  const line = {
    kind,
    id: runId,
    attempt,
    lane,
    pid: process.pid,
    at: Date.now(),
  };
  appendFileSync(WITNESS, `${JSON.stringify(line)}\n`);
}

async function wait(
  { n, ms }: { n: number; ms: number },
  context: RunContext,
  lane?: string,
): Promise<number> {
  tell("start", context, lane);
  try {
    return await delay(ms, n, { signal: context.signal });
  } finally {
    tell("end", context, lane);
  }
}

export const quick = action({ input, run: ({ n }) => n });

export const slow = action({
  input,
  concurrency: 2,
  concurrencyKey: ({ n }) => String(n % 5),
  run: (asked, context) => wait(asked, context, String(asked.n % 5)),
});

export const fails = action({
  input,
  run({ n }) {
    throw new ActionError(`${n} is refused.`, { code: "refused", data: n });
  },
});

export const again = action({
  input,
  onInterrupt: "retry",
  maxAttempts: 100,
  // Some take longer than a lease.
  run: ({ n, ms }, context) =>
    wait({ n, ms: n % 10 === 0 ? 3000 : ms }, context),
});
