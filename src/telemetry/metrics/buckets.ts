/** The buckets of histograms, in seconds. The library's own are for milliseconds, whatever the unit is. */

/** From a millisecond to an hour: runs and waits may be either. */
export const RUN_SECONDS = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
  1800, 3600,
];
/** https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration */
export const HTTP_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
/** From a fast disk to one that is about to give up. */
export const FLUSH_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5,
];
/** Writes in a batch. */
export const BATCH_SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000];
