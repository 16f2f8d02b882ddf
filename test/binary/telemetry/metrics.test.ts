/** Metrics of the executable stay few, whatever callers send. */
import { expect, test } from "bun:test";
import { pick, seeded } from "../../chaos/random.ts";
import { exchange } from "../../fuzz/exchange.ts";
import { makeOddRequest } from "../../fuzz/odd-request.ts";
import { startExecutable } from "../../server.ts";
import { parseMetrics, valueOf } from "../../telemetry/exposition.ts";

const COUNT = 3000;
const LANES = 64;
/** Every route with its methods and statuses, every action of the fixtures with its outcomes, and every code. */
const MAX_SERIES = 400;
const METHODS = ["GET", "POST", "DELETE", "PUT", "PATCH", "PROPFIND", "X-ODD"];

test(
  "thousands of odd requests leave no label that a caller chose, and no more series than there are routes and actions",
  async () => {
    await using server = await startExecutable({
      options: ["--metrics", "on", "--max-runs-per-key", "all"],
    });
    let sent = 0;
    const lane = async () => {
      while (sent < COUNT) {
        const number = (sent += 1);
        const random = seeded(number);
        const marker = `odd-${number}`;
        if (number % 4 === 0) {
          await exchange(server.url, makeOddRequest(random));
          continue;
        }
        const path = pick(random, [
          `/${marker}`,
          `/api/runs/${marker}`,
          `/api/actions/${marker}/run`,
          `/api/actions/${marker}/${marker}/run`,
          `/api/runs?request_id=${marker}`,
        ]);
        const method = pick(random, METHODS);
        const reply = await server
          .request(path, {
            method,
            headers: {
              "x-api-key": marker,
              "user-agent": marker,
              "x-actions-request-id": marker,
              "content-type": "application/json",
            },
            ...(method === "GET" ? {} : { body: "{}" }),
          })
          .catch(() => undefined);
        await reply?.arrayBuffer();
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    const text = await (await server.request("/metrics")).text();
    expect(text).not.toContain("odd-");
    const histograms = /_(?:bucket|sum)$/;
    const series = parseMetrics(text).filter(
      ({ name }) => !histograms.test(name),
    );
    expect(series.length).toBeLessThan(MAX_SERIES);
    const requests = "http_server_request_duration_seconds_count";
    expect(valueOf(text, requests)).toBeGreaterThan(COUNT / 2);
    const methods = new Set(
      series.flatMap(({ labels }) => labels["http_request_method"] ?? []),
    );
    expect([...methods].toSorted()).toContain("_OTHER");
    expect(methods.size).toBeLessThanOrEqual(7);
    expect(valueOf(text, "actiond_requests_refused_total")).toBeGreaterThan(0);
  },
  { timeout: 120_000 },
);
