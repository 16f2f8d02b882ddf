import { expect, test } from "bun:test";
import { runCampaign } from "./campaign.ts";

test.each([1, 2])(
  "nothing is lost when the server is killed five times under load (seed %d)",
  async (seed) => {
    const report = await runCampaign({ rounds: 5, seed });
    expect(report.violations).toEqual([]);
    expect(report.runs).toBeGreaterThan(50);
    expect(report.callbacks).toBeGreaterThan(10);
  },
  { timeout: 60_000 },
);
