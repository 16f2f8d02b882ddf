/** `/health/live` and `/health/ready`: for whoever decides to restart this process or to send it requests. */
import { Elysia } from "elysia";
import { shuttingDown } from "../run/accept.ts";
import { refusalReply } from "./reply.ts";

/** @param parts.isReady whether new runs are accepted */
export function health(parts: { isReady: () => boolean }) {
  const tags = ["Health"];
  return new Elysia({ prefix: "/health" })
    .get("/live", () => ({ status: "live" }), {
      detail: {
        summary: "Does the process answer?",
        tags,
        operationId: "live",
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
        },
      },
    );
}
