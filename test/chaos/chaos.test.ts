import { expect, test } from "bun:test";
import { runCampaign } from "./campaign.ts";

test.each([1, 2])(
  "nothing is lost when the server is killed three times under load (seed %d)",
  async (seed) => {
    const report = await runCampaign({ rounds: 3, seed });
    expect(report.violations).toEqual([]);
    expect(report.runs).toBeGreaterThan(30);
    expect(report.callbacks).toBeGreaterThan(10);
  },
  { timeout: 60_000 },
);
