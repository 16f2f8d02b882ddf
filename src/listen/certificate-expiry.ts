/** Warns in the log, 14 days and 1 day before the certificate expires, that it must be renewed. */
import type { Log } from "../log.ts";
import type { Certificate } from "./certificate.ts";

const DAY_MS = 86_400_000;
/** How long before the end something is said, and what. */
const WARNINGS: readonly [beforeMs: number, what: string][] = [
  [0, "The certificate has expired, and clients refuse it."],
  [DAY_MS, "The certificate expires within 1 day."],
  [14 * DAY_MS, "The certificate expires within 14 days."],
];
const ADVICE = "Renew it and restart the server, which reads it at the start.";
const LOOK_MS = 60 * 60 * 1000;

/** @param parts.lookMs how often the clock is looked at, in milliseconds */
export function watchExpiry(
  { files, expiresAt }: Certificate,
  parts: { log: Log; now: () => number; lookMs?: number },
): Disposable {
  let said = WARNINGS.length;
  const look = () => {
    const leftMs = expiresAt - parts.now();
    const reached = WARNINGS.findIndex(([beforeMs]) => leftMs <= beforeMs);
    const [, what] = WARNINGS[reached] ?? [];
    if (what === undefined || reached >= said) return;
    said = reached;
    parts.log.warn(`${what} ${ADVICE}`, {
      file: files.cert,
      expires_at: new Date(expiresAt).toISOString(),
    });
  };
  look();
  const timer = setInterval(look, parts.lookMs ?? LOOK_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };
}
