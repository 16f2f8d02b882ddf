/** Counts requests by the operation they are for, never by what their callers chose. */
import type { Meter } from "@opentelemetry/api";
import { HTTP_SECONDS } from "./buckets.ts";

/** What is known of a request once it is answered. */
export interface AnsweredRequest {
  /** The path of its operation with the names of its parameters; undefined when it was refused before that was known. */
  readonly route: string | undefined;
  readonly method: string;
  readonly status: number;
  /** The code with which it was refused. */
  readonly refusal: string | undefined;
  readonly ms: number;
}

const METHODS = new Set(["GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT"]);
/** https://opentelemetry.io/docs/specs/semconv/registry/attributes/http/#http-request-method */
const OTHER = "_OTHER";

export function countRequests(meter: Meter): {
  begin: () => void;
  end: (request: AnsweredRequest) => void;
} {
  let activeCount = 0;
  meter
    .createObservableGauge("http.server.active_requests", {
      description: "Requests that are being answered.",
    })
    .addCallback((result) => {
      result.observe(activeCount);
    });
  const duration = meter.createHistogram("http.server.request.duration", {
    description: "Time until the head of the reply was ready.",
    unit: "s",
    advice: { explicitBucketBoundaries: HTTP_SECONDS },
  });
  const refused = meter.createCounter("actiond.requests.refused", {
    description:
      "Requests that were refused, by the code; on the route of runs no run was accepted.",
  });
  return {
    begin() {
      activeCount += 1;
    },
    end({ route, method, status, refusal, ms }) {
      activeCount -= 1;
      duration.record(ms / 1000, {
        "http.route": route ?? "none",
        "http.request.method": METHODS.has(method) ? method : OTHER,
        "http.response.status_code": status,
      });
      if (refusal === undefined) return;
      refused.add(1, { "http.route": route ?? "none", code: refusal });
    },
  };
}
