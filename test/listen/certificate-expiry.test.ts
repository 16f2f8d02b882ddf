import { expect, test } from "bun:test";
import { watchExpiry } from "../../src/listen/certificate-expiry.ts";
import { silentLog } from "../silent-log.ts";

const DAY_MS = 86_400_000;
const EXPIRES_AT = Date.UTC(2030, 0, 31);
const ADVICE = "Renew it and restart the server, which reads it at the start.";
const [EXPIRED, ONE_DAY, TWO_WEEKS] = [
  "The certificate has expired, and clients refuse it.",
  "The certificate expires within 1 day.",
  "The certificate expires within 14 days.",
].map((what) => `${what} ${ADVICE}`);
const certificate = {
  files: { cert: "/tls.crt", key: "/tls.key" },
  cert: "",
  key: "",
  expiresAt: EXPIRES_AT,
};

/** A clock that moves by `stepMs` each time it is looked at, until the certificate has expired for a day. */
async function watch(options: { leftMs: number; stepMs: number }) {
  const lines: [string, unknown][] = [];
  const ended = Promise.withResolvers<void>();
  let now = EXPIRES_AT - options.leftMs;
  using _ = watchExpiry(certificate, {
    log: {
      ...silentLog,
      warn: (message, fields) => lines.push([message, fields]),
    },
    now: () => {
      const at = now;
      now += options.stepMs;
      if (at > EXPIRES_AT + DAY_MS) ended.resolve();
      return at;
    },
    lookMs: 1,
  });
  const first = lines.length;
  await ended.promise;
  return { lines, atOnce: lines.slice(0, first).map(([message]) => message) };
}

test("the log warns 14 days and 1 day before a certificate expires and when it has, once each", async () => {
  const { lines, atOnce } = await watch({
    leftMs: 16 * DAY_MS,
    stepMs: DAY_MS / 2 - 1,
  });
  expect(atOnce).toEqual([]);
  const fields = { file: "/tls.crt", expires_at: "2030-01-31T00:00:00.000Z" };
  expect(lines).toEqual([
    [TWO_WEEKS ?? "", fields],
    [ONE_DAY ?? "", fields],
    [EXPIRED ?? "", fields],
  ]);
});

test.each([
  ["14 days and a millisecond", 14 * DAY_MS + 1, undefined],
  ["14 days", 14 * DAY_MS, TWO_WEEKS],
  ["1 day and a millisecond", DAY_MS + 1, TWO_WEEKS],
  ["1 day", DAY_MS, ONE_DAY],
  ["a millisecond", 1, ONE_DAY],
  ["no time", 0, EXPIRED],
  ["less than no time", -DAY_MS, EXPIRED],
])(
  "a server that starts with %s left says so at once",
  async (_, leftMs, message) => {
    const { atOnce } = await watch({ leftMs, stepMs: DAY_MS });
    expect(atOnce).toEqual(message === undefined ? [] : [message]);
  },
);
