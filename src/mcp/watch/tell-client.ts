/** Tells the client of a call what its run logs, and how far that has come, as far as the client asked for it. */
import type { LoggingLevel, ServerContext } from "@modelcontextprotocol/server";
import type { LineLevel } from "../../run/kept-log/line.ts";
import type { Told } from "./run-followers.ts";

const LEVELS: Readonly<Record<LineLevel, LoggingLevel>> = {
  debug: "debug",
  info: "info",
  warn: "warning",
  error: "error",
};

/** @returns what takes what a run of the action tells, and sends it to the client */
export function toClient(
  { mcpReq }: ServerContext,
  address: string,
  onError: (error: unknown) => void,
): (event: Told) => void {
  const { _meta: meta } = mcpReq;
  const progressToken = meta?.progressToken;
  let lastFraction = -1;
  return (event) => {
    if (event.kind === "log") {
      const { level, message, fields } = event.line;
      const data = fields === undefined ? message : { message, ...fields };
      // It is left out if the client has chosen other levels, or none.
      mcpReq.log(LEVELS[level], data, address).catch(onError);
      return;
    }
    const { fraction, message } = event.progress;
    // The protocol wants each to be greater than the last.
    if (progressToken === undefined || fraction <= lastFraction) return;
    lastFraction = fraction;
    const progress = { progressToken, progress: fraction, total: 1 };
    mcpReq
      .notify({
        method: "notifications/progress",
        params: message === null ? progress : { ...progress, message },
      })
      .catch(onError);
  };
}
