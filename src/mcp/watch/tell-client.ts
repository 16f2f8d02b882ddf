/** Tells the client of a call what its run logs, and how far that has come, as far as the client asked for it. */
import type { LoggingLevel, ServerContext } from "@modelcontextprotocol/server";
import type { EventOf } from "../../run/events.ts";
import type { LineLevel } from "../../run/kept-log/line.ts";

const LEVELS: Readonly<Record<LineLevel, LoggingLevel>> = {
  debug: "debug",
  info: "info",
  warn: "warning",
  error: "error",
};

/** @returns what takes an event of the run and sends it to the client */
export function toClient(
  { mcpReq }: ServerContext,
  onError: (error: unknown) => void,
): (event: EventOf<"log" | "progress">) => void {
  const { _meta: meta } = mcpReq;
  const progressToken = meta?.progressToken;
  let lastFraction = -1;
  return (event) => {
    if (event.kind === "log") {
      const { level, message, fields } = event.line;
      const data = fields === undefined ? message : { message, ...fields };
      const { package: packageName, action } = event.run;
      // It is left out if the client has chosen other levels, or none.
      mcpReq
        .log(LEVELS[level], data, `${packageName}/${action}`)
        .catch(onError);
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
