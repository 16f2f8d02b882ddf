/** Sends what has not been sent yet, but not for long: a collector that hangs must not keep the server from stopping. */
import { diag } from "@opentelemetry/api";

const PATIENCE_MS = 2000;

interface Sender {
  forceFlush(options: { readonly timeoutMillis: number }): Promise<void>;
}

/** It never throws: what could not be sent is said in the log. */
export async function flush(sender: Sender): Promise<void> {
  try {
    await sender.forceFlush({ timeoutMillis: PATIENCE_MS });
  } catch (error) {
    diag.warn(error instanceof Error ? error.message : String(error));
  }
}

/** The same, for the last time. */
export async function end(
  sender: Sender & { shutdown(): Promise<void> },
): Promise<void> {
  await flush(sender);
  void sender.shutdown().catch(() => undefined);
}
