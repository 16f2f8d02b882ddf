/** Writes the log lines about an event loop that is stalled. */
import type { Log } from "../log.ts";
import type { Sight } from "./heartbeat.ts";
import type { StallChange } from "./stall.ts";

/**
 * The number of actions that a line names. If standard error is a pipe, only a line of less than 4096 bytes is never
 * mixed with lines that the server's own thread writes: PIPE_BUF in https://man7.org/linux/man-pages/man7/pipe.7.html
 */
const MAX_NAMED = 10;

export function sayStall(
  { isStalled, ms }: StallChange,
  sight: Sight,
  log: Log,
): void {
  const seconds = (ms / 1000).toFixed(1);
  const stalled = { stalled_ms: Math.round(ms) };
  if (!isStalled) {
    log.warn(
      `The event loop is running again after a stall of ${seconds} s.`,
      stalled,
    );
    return;
  }
  const { called, runs } = sight;
  const running = Object.entries(runs).slice(0, MAX_NAMED);
  log.warn(
    `The event loop, and with it the whole server, has been stalled for ${seconds} s. ${toSuspicion(sight)}`,
    {
      ...stalled,
      ...(called === undefined ? {} : { action_id: called }),
      running: Object.fromEntries(running),
    },
  );
}

function toSuspicion({ called, runs }: Sight): string {
  const advice = 'With isolation: "process" it would not block other runs.';
  if (called !== undefined)
    return `${called} was called and has not returned. ${advice}`;
  const [address, ...others] = Object.keys(runs);
  if (address === undefined) return "No action is running in this process.";
  if (others.length === 0)
    return `${address} is the only action that is running in this process. ${advice}`;
  return `One of the ${others.length + 1} actions that are running in this process may block it. ${advice}`;
}
