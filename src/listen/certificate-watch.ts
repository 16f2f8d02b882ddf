/** Reads the certificate again when its files change, and says when it is about to expire. */
import { setTimeout } from "node:timers/promises";
import { type Certificate, readCertificate } from "./certificate.ts";
import { UsageError } from "../errors.ts";
import type { Log } from "../log.ts";

const POLL_MS = 1000;
const DAY_MS = 86_400_000;
const WARN_BEFORE_MS = 14 * DAY_MS;

/**
 * Compares what the files hold, not what the folder says of them: that notices writing, renaming, and the swap of a
 * link above them, by which Kubernetes changes a secret.
 *
 * What is wrong with the files is said once, and only when it is still so a second later: they may be half written.
 *
 * @param options.certificate the one that is served now
 * @param options.present serves another from now on; may throw {@link UsageError}
 */
export function watchCertificate(options: {
  certificate: Certificate;
  present: (certificate: Certificate) => void;
  log: Log;
  now: () => number;
}): AsyncDisposable {
  const { present, log, now } = options;
  let served = options.certificate;
  let mistake: string | undefined;
  let isSaid = false;
  let warnedAt = -Infinity;

  async function look(): Promise<void> {
    const found = await readCertificate(served.files);
    const isSame = found.cert === served.cert && found.key === served.key;
    if (!isSame) present(found);
    mistake = undefined;
    if (isSame) return;
    served = found;
    warnedAt = -Infinity;
    log.info("The certificate was read again.", {
      file: found.files.cert,
      expiresAt: toDate(found),
    });
  }

  function complain(error: unknown): void {
    if (!(error instanceof UsageError)) throw error;
    if (error.message !== mistake) {
      mistake = error.message;
      isSaid = false;
      return;
    }
    if (isSaid) return;
    isSaid = true;
    log.error(`${mistake} The certificate that was read before stays in use.`);
  }

  function warn(): void {
    const leftMs = served.expiresAt - now();
    if (leftMs > WARN_BEFORE_MS || now() - warnedAt < DAY_MS) return;
    warnedAt = now();
    log.warn(
      leftMs < 0
        ? "The certificate has expired: clients refuse it."
        : "The certificate will expire soon.",
      { file: served.files.cert, expiresAt: toDate(served) },
    );
  }

  const stop = new AbortController();
  const { signal } = stop;
  const ended = (async () => {
    while (!signal.aborted) {
      warn();
      await setTimeout(POLL_MS, undefined, { signal }).catch(() => {});
      if (!signal.aborted) await look().catch(complain);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

function toDate({ expiresAt }: Certificate): string {
  return new Date(expiresAt).toISOString();
}
