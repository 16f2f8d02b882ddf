/** Cancelling runs in every status, and deleting them. */
import { expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { makeGate } from "../gate.ts";
import { openScene } from "../scene.ts";

export function describeCancelling(start: Start): void {
  const server = openScene(start, ["--max-running", "3"]);

  test("cancelling a running run ends it and tells its waiting caller", async () => {
    const waiting = server.run(
      "forever",
      {},
      { "x-actions-request-id": "stop-me" },
    );
    const id = await server.find("stop-me");
    expect(await server.cancel(id)).toBe("cancelled");
    expect(await server.cancel(id)).toBe("not-running");
    const reply = await waiting;
    expect(reply.status).toBe(409);
    expect(reply.headers.get("x-action-server-run-id")).toBe(id);
    expect(await reply.json()).toMatchObject({
      code: "run_cancelled",
      source: "server",
      run_id: id,
    });
    expect(await server.json(`/api/runs/${id}`)).toMatchObject({
      status: 4,
      error: { code: "run_cancelled" },
    });
  });

  test("cancelling a queued run ends it and tells its waiting caller", async () => {
    const gate = makeGate();
    await server.fill(3, "gate", gate.input);
    const waiting = server.run(
      "noop",
      {},
      { "x-actions-request-id": "queued" },
    );
    expect(await server.cancel(await server.find("queued"))).toBe("cancelled");
    const reply = await waiting;
    expect(reply.status).toBe(409);
    expect(await reply.json()).toMatchObject({ code: "run_cancelled" });
    gate.open();
  });

  test("one of two cancels at once ends the run", async () => {
    const id = await server.begin("forever");
    const answers = await Promise.all([server.cancel(id), server.cancel(id)]);
    expect(answers.toSorted()).toEqual(["cancelled", "not-running"]);
  });

  test("cancelling a finished run changes nothing", async () => {
    const id = await server.begin("add", { a: 1 });
    await server.request(`/api/runs/${id}?wait=10`);
    expect(await server.cancel(id)).toBe("not-running");
    expect(await server.json(`/api/runs/${id}`)).toMatchObject({
      status: 2,
      result: "2",
    });
  });

  test("queued runs that are cancelled never start, and the slots are free afterwards", async () => {
    const gate = makeGate();
    const running = await server.fill(3, "gate", gate.input);
    const queued = await Promise.all(
      [1, 2].map(() => server.begin("noop", {})),
    );
    for (const id of queued) {
      expect(await server.json(`/api/runs/${id}`)).toMatchObject({
        status: 0,
        start_time: expect.stringContaining("+00:00"),
      });
      expect(await server.cancel(id)).toBe("cancelled");
      expect(await server.json(`/api/runs/${id}`)).toMatchObject({
        status: 4,
        start_time: expect.stringContaining("+00:00"),
        run_time: null,
      });
    }
    gate.open();
    for (const id of running)
      expect(await server.json(`/api/runs/${id}?wait=10`)).toMatchObject({
        status: 2,
      });
    expect((await server.run("noop", {})).status).toBe(200);
  });

  test("every request about an unknown run is answered 404", async () => {
    for (const [method, path] of [
      ["POST", "/api/runs/nobody/cancel"],
      ["GET", "/api/runs/nobody"],
      ["GET", "/api/runs/nobody/fields"],
      ["GET", "/api/runs/nobody/result"],
      ["GET", "/api/runs/nobody/callback"],
      ["POST", "/api/runs/nobody/callback/redeliver"],
      ["DELETE", "/api/runs/nobody"],
    ] as const) {
      const reply = await server.request(path, { method });
      expect(reply.status).toBe(404);
      expect(await reply.json()).toMatchObject({ code: "run_not_found" });
    }
  });

  test("a finished run can be deleted and an unfinished one cannot", async () => {
    const gate = makeGate();
    const id = await server.begin("gate", gate.input);
    const path = `/api/runs/${id}`;
    const refused = await server.request(path, { method: "DELETE" });
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ code: "run_not_finished" });
    gate.open();
    await server.request(`${path}?wait=10`);
    expect((await server.request(path, { method: "DELETE" })).status).toBe(204);
    expect((await server.request(path)).status).toBe(404);
  });
}
