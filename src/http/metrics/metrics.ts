/** `GET /metrics`: what a monitoring system collects. */
import { ServerError } from "../../errors.ts";
import { operation } from "../operation.ts";
import { textReply } from "../reply.ts";

export interface MetricsParts {
  /** Collects the metrics as text; undefined where they are not answered here. */
  readonly metrics?: (() => Promise<string>) | undefined;
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#basic-info */
const TYPE = "text/plain; version=0.0.4; charset=utf-8";

export const metricsOperation = operation({
  id: "metrics",
  method: "GET",
  path: "/metrics",
  need: "read",
  tag: "Health",
  summary: "Collect metrics",
  description:
    "Metrics in the text format of Prometheus. They are about all packages, so a key that is limited to some may not read them. Answered only with `--metrics on`.",
  replies: {
    200: {
      description: "The metrics.",
      content: { "text/plain": { schema: { type: "string" } } },
    },
  },
  problems: ["route_not_found", "forbidden"],
  async handle({ caller }, { metrics }: MetricsParts) {
    if (metrics === undefined)
      throw new ServerError(
        "route_not_found",
        "There are no metrics here. Start the server with --metrics on.",
      );
    if (caller.packages !== null)
      throw new ServerError(
        "forbidden",
        `The key ${JSON.stringify(caller.name)} is limited to packages, and metrics are about all of them.`,
      );
    return textReply(await metrics(), TYPE);
  },
});
