/** More callers than runs may run at once. */
import { expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { makeGate } from "../gate.ts";
import { DETACH, idOf, openScene } from "../scene.ts";

export function describeOverload(start: Start): void {
  const server = openScene(start, ["--max-running", "3"]);
  const full = openScene(start, ["--max-running", "1", "--max-queued", "1"]);

  test("reads and cancels go on while three hundred callers wait", async () => {
    // As bytes: Bun's own fetch keeps to 256 requests at once.
    const waiting = Array.from({ length: 300 }, () =>
      server.sendLines([
        "POST /api/actions/probe/forever/run HTTP/1.1",
        "host: localhost",
      ]),
    );
    let answeredCount = 0;
    for (const reply of waiting)
      void reply.then(() => {
        answeredCount += 1;
      });
    const list = "/api/runs?limit=1000&status=queued&status=running";
    let runs: { id: string }[] = [];
    while (runs.length < 300) runs = await server.json(list);
    for (const { id } of runs)
      expect((await server.request(`/api/runs/${id}`)).status).toBe(200);
    expect((await server.request("/health/ready")).status).toBe(200);
    expect(answeredCount).toBe(0);
    for (const { id } of runs)
      expect(await server.cancel(id)).toBe("cancelled");
    for (const reply of await Promise.all(waiting))
      expect(reply).toStartWith("HTTP/1.1 409 ");
  });

  test("a run that is queued for too long fails and never starts", async () => {
    const running = await server.fill(3, "forever");
    const limit = { "x-actions-start-timeout": "0.02" };
    const reply = await server.run("noop", {}, limit);
    expect(reply.status).toBe(503);
    expect(reply.headers.get("retry-after")).toBe("5");
    expect(await reply.json()).toMatchObject({
      code: "start_timed_out",
      source: "server",
      retryable: true,
      run_id: idOf(reply),
    });
    const detached = await server.begin("noop", {}, limit);
    const late = await server.json(`/api/runs/${detached}?wait=10`);
    expect(late).toMatchObject({
      state: "failed",
      start_time: late.created_time,
      run_time: null,
      error: { code: "start_timed_out" },
    });
    for (const id of running) await server.cancel(id);
  });

  test("a full queue refuses runs with and without a waiting caller until there is room", async () => {
    const gate = makeGate();
    const { length } = await full.fill(1, "gate", gate.input);
    const queued = await full.begin("noop");
    await full.untilQueued(1);
    for (const headers of [{}, DETACH]) {
      const refused = await full.run("noop", {}, headers);
      expect(refused.status).toBe(503);
      expect(idOf(refused)).toBe("");
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({
        code: "overloaded",
        retryable: true,
      });
    }
    expect(await full.json("/api/runs")).toHaveLength(length + 1);
    gate.open();
    await full.request(`/api/runs/${queued}?wait=10`);
    await full.untilQueued(0);
    expect((await full.run("noop", {})).status).toBe(200);
  });

  test("an input that is nested too deeply is refused and takes no slot", async () => {
    const body = `{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    for (const headers of [{}, DETACH, { "idempotency-key": "deep" }]) {
      const refused = await full.request("/api/actions/probe/echo/run", {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body,
      });
      expect(refused.status).toBe(422);
      expect(await refused.json()).toMatchObject({
        code: "invalid_input",
        errors: [{ path: "", message: "is nested more than 1000 levels deep" }],
      });
    }
    expect((await full.run("noop", {})).status).toBe(200);
    // Such inputs take seconds of a busy machine.
  }, 30_000);
}
