import { expect, test } from "bun:test";
import { runCampaign } from "./campaign.ts";

const SEED = 7;

test(
  `four thousand odd requests find nothing out, break nothing and leave nothing behind (seed ${SEED})`,
  async () => {
    const { violations, statuses, runCount } = await runCampaign({
      count: 4000,
      seed: SEED,
    });
    expect(violations).toEqual([]);
    // Enough of them come through to where the code is. Those that are rare, such as 413 and 421, have tests of their own.
    for (const status of [200, 202, 400, 403, 404, 405, 415, 422, 431, 505])
      expect(statuses[status], `replies of ${status}`).toBeGreaterThan(0);
    expect(statuses[200]).toBeGreaterThan(200);
    expect(runCount).toBeGreaterThan(200);
  },
  { timeout: 60_000 },
);

test(
  `none of a thousand odd requests starts a run without a key (seed ${SEED})`,
  async () => {
    const { violations, statuses, runCount } = await runCampaign({
      count: 1000,
      seed: SEED,
      key: Bun.randomUUIDv7(),
    });
    expect(violations).toEqual([]);
    expect(runCount).toBe(0);
    // After twenty of a second an address is told that it sends too many.
    const refused = (statuses[401] ?? 0) + (statuses[429] ?? 0);
    expect(refused).toBeGreaterThan(50);
    expect(statuses[422]).toBeUndefined();
  },
  { timeout: 60_000 },
);
