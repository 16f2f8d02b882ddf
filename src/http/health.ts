/** `/health/live` and `/health/ready`: for whoever decides to restart this process or to send it requests. */
import { Elysia } from "elysia";
import { shuttingDown } from "../run/accept.ts";
import { json, problems } from "./openapi/describe.ts";
import { refusalReply } from "./reply.ts";

const STATUS = {
  type: "object",
  required: ["status"],
  properties: { status: { type: "string" } },
};

/** @param parts.isReady whether new runs are accepted */
export function health(parts: { isReady: () => boolean }) {
  const tags = ["Health"];
  return new Elysia({ prefix: "/health" })
    .get("/live", () => ({ status: "live" }), {
      detail: {
        summary: "Does the process answer?",
        tags,
        operationId: "live",
        security: [],
        responses: { 200: json("It does", STATUS) },
      },
    })
    .get(
      "/ready",
      () =>
        parts.isReady() ? { status: "ready" } : refusalReply(shuttingDown()),
      {
        detail: {
          summary: "Are new runs accepted?",
          tags,
          operationId: "ready",
          security: [],
          responses: { 200: json("They are", STATUS), ...problems(503) },
        },
      },
    );
}
