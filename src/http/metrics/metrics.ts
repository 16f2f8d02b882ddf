/** `GET /metrics`: what a monitoring system collects. */
import { ServerError } from "../../errors.ts";
import { operation } from "../operation.ts";
import { textReply } from "../reply.ts";

export interface MetricsParts {
  /** Collects the metrics, in a format that the header `accept` names; undefined where they are not answered here. */
  readonly metrics?:
    | ((
        accept: string | null,
      ) => Promise<{ readonly text: string; readonly type: string }>)
    | undefined;
}

export const metricsOperation = operation({
  id: "metrics",
  method: "GET",
  path: "/metrics",
  need: "read",
  tag: "Health",
  summary: "Collect metrics",
  description:
    "Metrics as OpenMetrics, or in the older text format of Prometheus, as `accept` says. They are about all packages, so a key that is limited to some may not read them. Answered only with `--metrics on`.",
  replies: {
    200: {
      description: "The metrics.",
      content: {
        "text/plain": { schema: { type: "string" } },
        "application/openmetrics-text": { schema: { type: "string" } },
      },
    },
  },
  problems: ["route_not_found", "forbidden"],
  async handle({ request, caller }, { metrics }: MetricsParts) {
    if (metrics === undefined)
      throw new ServerError(
        "route_not_found",
        "Metrics are not served here. Start the server with --metrics on.",
      );
    if (caller.packages !== null)
      throw new ServerError(
        "forbidden",
        `The key ${JSON.stringify(caller.name)} is limited to packages, but metrics cover all of them.`,
      );
    const { text, type } = await metrics(request.headers.get("accept"));
    return textReply(text, type);
  },
});
