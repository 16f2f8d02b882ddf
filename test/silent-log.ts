/** A log that says nothing. */
import type { Log } from "../src/log.ts";

export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  soon() {},
  child: () => silentLog,
};
