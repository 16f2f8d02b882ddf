/** The bare route actiond is measured against: Elysia with the same schemas, keeping nothing. */
import { Elysia, t } from "elysia";
import { runHeaders } from "../../src/http/actions/headers.ts";

const app = new Elysia().post(
  "/api/actions/bench/add/run",
  ({ body }) => body.a + body.b,
  {
    headers: runHeaders,
    body: t.Object({ a: t.Number(), b: t.Number() }),
    response: t.Number(),
  },
);
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: app.fetch,
});
process.stdout.write(`bare listening on ${server.url.origin}\n`);
