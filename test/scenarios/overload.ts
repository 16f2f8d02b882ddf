/** More callers than runs may run at once. */
import { expect, test } from "bun:test";
import type { Start } from "../server.ts";
import { makeGate } from "./gate.ts";
import { DETACH, idOf, openScene } from "./scene.ts";

export function describeOverload(start: Start): void {
  const server = openScene(start, ["--max-running", "3"]);

  test("reads and cancels go on while two hundred callers wait", async () => {
    // Bun's own fetch keeps to 256 requests at once.
    const waiting = Array.from({ length: 200 }, (_, number) =>
      server.run("forever", {}, { "x-actions-request-id": `crowd-${number}` }),
    );
    const list =
      "/api/runs?limit=1000&action=forever&status=queued&status=running";
    let runs: { id: string }[] = [];
    while (runs.length < 200)
      runs = (await server.json(list)) as { id: string }[];
    let isAnyoneAnswered = false;
    void Promise.race(waiting).then(() => (isAnyoneAnswered = true));
    for (let count = 0; count < 100; count += 1)
      expect(
        (await server.request(`/api/runs/${runs[count]?.id}`)).status,
      ).toBe(200);
    expect(isAnyoneAnswered).toBe(false);
    const answers = await Promise.all(runs.map(({ id }) => server.cancel(id)));
    expect(answers.every((answer) => answer === "cancelled")).toBe(true);
    for (const reply of await Promise.all(waiting))
      expect(reply.status).toBe(409);
  });

  test("a run that is queued for too long fails, and never starts", async () => {
    const running = await Promise.all(
      [1, 2, 3].map(() => server.begin("forever")),
    );
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
      start_time: "",
      run_time: null,
      error: { code: "start_timed_out" },
    });
    for (const id of running) await server.cancel(id);
  });

  test("a full queue refuses runs, attached or not, until there is room", async () => {
    await using full = await start({
      options: ["--max-running", "1", "--max-queued", "1"],
    });
    const gate = makeGate();
    await full.run("gate", gate.input, DETACH);
    const queued = idOf(await full.run("noop", {}, DETACH));
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
    const runs = await full.request("/api/runs");
    expect(await runs.json()).toHaveLength(2);
    gate.open();
    await full.request(`/api/runs/${queued}?wait=10`);
    expect((await full.run("noop", {})).status).toBe(200);
  });
}
