/** Actions a campaign runs: quick, slow, failing, and one that may run again. */
import { setTimeout as delay } from "node:timers/promises";
import { ActionError, action, t } from "actiond";

const input = t.Object({ n: t.Integer(), ms: t.Integer({ default: 0 }) });

export const quick = action({ input, run: ({ n }) => n });

export const slow = action({
  input,
  run: ({ n, ms }, { signal }) => delay(ms, n, { signal }),
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
  run: ({ n, ms }, { signal }) => delay(ms, n, { signal }),
});
