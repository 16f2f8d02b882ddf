/** What the stand-in says for the parts of the API that the server does not have. */

const MINUTE_MS = 60_000;
const HOUR = 60;

/** @param now of the last minute */
export function makeAnswers(now: number): Record<string, unknown> {
  const time = (ms: number) => new Date(now - ms).toISOString();
  return {
    "GET /api/statistics": Array.from({ length: HOUR }, (_, minute) => ({
      time: time((HOUR - 1 - minute) * MINUTE_MS),
      passed: minute % 7,
      failed: minute % 5 === 0 ? 1 : 0,
      cancelled: 0,
      p50_ms: minute % 7 === 0 ? null : 20 + minute,
      p95_ms: minute % 7 === 0 ? null : 90 + minute,
    })),
    "GET /api/server": {
      version: "1.2.3",
      started_time: time(2 * HOUR * MINUTE_MS),
      url: "http://127.0.0.1:8080",
      runs: { running: 3, queued: 12, max_running: 100, max_queued: 10_000 },
      lingering: [
        { run_id: RUN_ID, action_id: "probe/busy", since: time(MINUTE_MS) },
      ],
      children: { idle: 2, busy: 1 },
      store: { bytes: 48_123_904 },
      reload_errors: ["shop.ts:12: An expression is expected."],
    },
    "GET /api/keys": [
      {
        id: "key_1",
        name: "deploy",
        scopes: ["run", "read"],
        packages: ["greeter"],
        state: "active",
        expires_time: time(-HOUR * MINUTE_MS),
        last_used_time: time(MINUTE_MS),
      },
      {
        id: "key_2",
        name: "old",
        scopes: ["admin"],
        packages: null,
        state: "revoked",
        expires_time: null,
        last_used_time: null,
      },
    ],
    artifacts: [
      {
        name: "report.pdf",
        size: 182_736,
        content_type: "application/pdf",
        time: time(MINUTE_MS),
      },
    ],
    "POST /api/keys": { key: "actd_shown_only_once" },
    "DELETE /api/keys/key_1": {},
  };
}

/** Lines of a run's log. */
export const LOG = [
  { level: "debug", message: "Looking for the file." },
  { level: "info", message: "The file is read.", fields: { bytes: 12 } },
  { level: "warn", message: "The last line is empty." },
  {
    level: "error",
    message: "The file is not valid.",
    stack: "TypeError: no\n    at read (reports.ts:3:1)",
  },
]
  .map((line, index) =>
    JSON.stringify({ seq: index + 1, time: "2026-11-24T18:00:00Z", ...line }),
  )
  .join("\n");

const RUN_ID = "019ab000-0000-7000-8000-000012345678";
