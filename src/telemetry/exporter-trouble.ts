/** Says in the log, and not more than once in a while, that telemetry could not be sent. */
import { diag, DiagLogLevel } from "@opentelemetry/api";
import type { Log } from "../log.ts";

const PAUSE_MS = 60_000;

/** A collector that is slow or gone costs nothing but these lines. */
export function reportExporterTrouble(log: Log): Disposable {
  let saidAt = -Infinity;
  let silentCount = 0;
  const say = (reason: string) => {
    const now = performance.now();
    if (now - saidAt < PAUSE_MS) {
      silentCount += 1;
      return;
    }
    log.warn("Telemetry could not be sent.", {
      reason: reason.slice(0, 500),
      more_count: silentCount,
    });
    saidAt = now;
    silentCount = 0;
  };
  const ignore = () => undefined;
  diag.setLogger(
    { error: say, warn: say, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  return {
    [Symbol.dispose]() {
      diag.disable();
    },
  };
}
