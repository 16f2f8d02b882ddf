/** Limits on what one request, and all of them together, may take. */
import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import type { Start } from "../../server.ts";
import { makeGate } from "../gate.ts";
import { openScene, SMALL_REQUESTS } from "../scene.ts";

export function describeLimits(start: Start): void {
  describe("limits of a request", () => {
    const scene = openScene(start, SMALL_REQUESTS);

    test("a body that does not arrive in time ends its connection", async () => {
      const { hostname, port } = new URL(scene.url());
      const socket = connect({ host: hostname, port: Number(port) });
      let reply = "";
      socket.on("data", (chunk: Buffer) => (reply += chunk.toString()));
      socket.write(
        "POST /api/actions/probe/echo/run HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
      );
      await once(socket, "close");
      expect(reply).toStartWith("HTTP/1.1 408 ");
    });

    test("a request with large headers is answered 431", async () => {
      const ask = (length: number) =>
        scene.request("/api/runs", { headers: { x: "a".repeat(length) } });
      expect((await ask(1500)).status).toBe(200);
      const large = await ask(2048);
      expect(large.status).toBe(431);
      expect(await large.json()).toMatchObject({ code: "headers_too_large" });
      expect((await ask(65_536)).status).toBe(431);
    });
  });

  describe("limits of all requests", () => {
    const scene = openScene(start, ["--max-requests", "2"]);

    test("requests beyond the limit are refused until one is answered, but the health checks are not", async () => {
      const count = 2 * scene.replicaCount();
      const gates = Array.from({ length: count }, makeGate);
      const waiting = gates.map(({ input }) => scene.run("gate", input));
      let refused = await scene.request("/api/runs");
      while (refused.status !== 503) refused = await scene.request("/api/runs");
      expect(await refused.json()).toMatchObject({
        code: "overloaded",
        retryable: true,
      });
      expect(refused.headers.get("retry-after")).toBe("1");
      expect((await scene.request("/health/live")).status).toBe(200);
      for (const gate of gates) gate.open();
      await Promise.all(waiting);
      expect((await scene.request("/api/runs")).status).toBe(200);
    });
  });
}
