/** Chooses the format of the log where nobody has. */
import type { LogFormat } from "../../log.ts";

/** @returns lines for people on a terminal, JSON elsewhere */
export function toLogFormat(format: LogFormat | "auto"): LogFormat {
  if (format !== "auto") return format;
  return process.stderr.isTTY ? "pretty" : "json";
}
