/** A slow action: call it with `x-actions-async-timeout: 0` and look at its run later, or cancel it. */
import { setTimeout as delay } from "node:timers/promises";
import { action, t } from "actiond";

const Report = t.Object({
  month: t.String(),
  pages: t.Array(t.Object({ number: t.Integer(), total: t.Integer() })),
});

// The address of `writeReport` is reports/write-report.
export const writeReport = action({
  description: "Writes a monthly report, page by page.",
  input: t.Object({
    month: t.String({ pattern: "^\\d{4}-\\d{2}$", examples: ["2026-01"] }),
    // Defaults are filled in, so `pages` is always a number in `run`.
    pages: t.Integer({ minimum: 1, maximum: 1000, default: 10 }),
    secondsPerPage: t.Number({ minimum: 0, maximum: 60, default: 1 }),
  }),
  output: Report,
  async run({ month, pages, secondsPerPage }, { signal, log }) {
    const report: {
      month: string;
      pages: { number: number; total: number }[];
    } = { month, pages: [] };
    for (let number = 1; number <= pages; number++) {
      // When the run is cancelled, the signal aborts. Then `delay` throws, and the run ends here.
      await delay(secondsPerPage * 1000, undefined, { signal });
      report.pages.push({ number, total: number * 100 });
      // These lines appear in the server's log with the id of the run.
      log.info(`Page ${number} of ${pages} is written.`, { month });
    }
    return report;
  },
});
