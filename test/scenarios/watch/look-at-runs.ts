/** Looking at runs, at their results, and at what can be run. */
import { describe, expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { makeGate } from "../gate.ts";
import { idOf, openScene } from "../scene.ts";

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/;

export function describeLooking(start: Start): void {
  const server = openScene(start, []);

  test("the object of a run that passed has exactly these members", async () => {
    const reply = await server.run(
      "add",
      { a: 1 },
      { "x-actions-request-id": "who" },
    );
    const id = idOf(reply);
    const found = await server.request(`/api/runs/${id}`);
    expect(found.headers.get("x-action-server-run-id")).toBe(id);
    expect(await found.json()).toEqual({
      id,
      numbered_id: expect.any(Number),
      action_id: "probe/add",
      status: 2,
      start_time: expect.stringMatching(ISO),
      run_time: expect.any(Number),
      inputs: '{"a":1,"b":1}',
      result: "2",
      error_message: null,
      request_id: "who",
      relative_artifacts_dir: "",
      state: "passed",
      package: "probe",
      action: "add",
      created_time: expect.stringMatching(ISO),
      finish_time: expect.stringMatching(ISO),
      error: null,
      attempt: 1,
      next_attempt_time: null,
      detached: false,
      key_id: "",
    });
  });

  test("the objects of a run that failed and of one that is running say so", async () => {
    const failed = await server.begin("refuse", {});
    expect(await server.json(`/api/runs/${failed}?wait=10`)).toMatchObject({
      status: 3,
      state: "failed",
      result: null,
      error_message: expect.any(String),
      error: {
        code: "out_of_stock",
        message: expect.any(String),
        data: { left: 0 },
      },
      detached: true,
    });
    const gate = makeGate();
    const running = await server.begin("gate", gate.input);
    expect(await server.json(`/api/runs/${running}`)).toMatchObject({
      status: 1,
      state: "running",
      run_time: null,
      finish_time: null,
      error: null,
    });
    gate.open();
  });

  describe("waiting", () => {
    test("a look-up that waits is answered as soon as the run is finished", async () => {
      const gate = makeGate();
      const id = await server.begin("gate", gate.input);
      const waiting = server.json(`/api/runs/${id}?wait=30`);
      gate.open("now");
      expect(await waiting).toMatchObject({ status: 2, result: '"now"' });
    });

    test("a look-up that waits is answered with what is known when its time is up", async () => {
      const gate = makeGate();
      const id = await server.begin("gate", gate.input);
      expect(await server.json(`/api/runs/${id}?wait=0.01`)).toMatchObject({
        status: 1,
      });
      const unfinished = await server.request(
        `/api/runs/${id}/result?wait=0.01`,
      );
      expect(unfinished.status).toBe(202);
      expect(await unfinished.json()).toMatchObject({ id, status: 1 });
      gate.open("end");
      const result = await server.request(`/api/runs/${id}/result?wait=30`);
      expect(await result.text()).toBe('"end"');
    });

    test("a look-up of the result of a failed run is answered with its problem", async () => {
      const id = await server.begin("refuse", {});
      const result = await server.request(`/api/runs/${id}/result?wait=10`);
      expect(result.status).toBe(422);
      expect(await result.json()).toMatchObject({
        code: "out_of_stock",
        run_id: id,
      });
    });

    test.each(["-1", "abc", "", "1_0", "Infinity"])(
      "a look-up that waits %p seconds is answered 400",
      async (wait) => {
        const reply = await server.request(`/api/runs/x?wait=${wait}`);
        expect(reply.status).toBe(400);
        expect(await reply.json()).toMatchObject({ code: "invalid_parameter" });
      },
    );
  });

  test("a look-up of fields is answered with only those asked for", async () => {
    const id = await server.begin("add", { a: 5 });
    await server.request(`/api/runs/${id}?wait=10`);
    expect(
      await server.json(`/api/runs/${id}/fields?fields=status&fields=result`),
    ).toEqual({ status: 2, result: "6" });
    expect(await server.json(`/api/runs/${id}/fields?fields=status`)).toEqual({
      status: 2,
    });
    expect(Object.keys(await server.json(`/api/runs/${id}/fields`))).toEqual(
      Object.keys(await server.json(`/api/runs/${id}`)),
    );
    expect(
      await server.json(`/api/runs/${id}/fields?fields=colour&fields=status`),
    ).toEqual({ status: 2 });
    const wrong = await server.request(`/api/runs/${id}/fields?fields=colour`);
    expect(wrong.status).toBe(400);
  });

  test("the oldest run of a request id is found whatever the id is made of", async () => {
    const requestId = "a/b ?#%:e";
    const headers = { "x-actions-request-id": requestId };
    const first = await server.begin("noop", {}, headers);
    await server.begin("noop", {}, headers);
    const path = `/api/runs/run-id-from-request-id/${encodeURIComponent(requestId)}`;
    expect(await server.json(path)).toEqual({ run_id: first });
    const unknown = await server.request(
      "/api/runs/run-id-from-request-id/nobody",
    );
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ code: "request_not_found" });
  });

  describe("the run id of replies", () => {
    test.each([
      ["GET", "", 200],
      ["GET", "?wait=soon", 400],
      ["GET", "/fields?fields=status", 200],
      ["GET", "/fields?fields=colour", 400],
      ["GET", "/result", 200],
      ["GET", "/result?wait=soon", 400],
      ["GET", "/callback", 404],
      ["POST", "/callback/redeliver", 409],
      ["POST", "/cancel", 200],
    ])(
      "the reply to %s %s of a finished run is %d and carries its id",
      async (method, path, status) => {
        const id = idOf(await server.run("add", { a: 1 }));
        const reply = await server.request(`/api/runs/${id}${path}`, {
          method,
        });
        expect(reply.status).toBe(status);
        expect(idOf(reply)).toBe(id);
        if (status >= 400)
          expect(await reply.json()).toMatchObject({ run_id: id });
      },
    );

    test.each([
      ["GET", "", 200],
      ["GET", "/result", 202],
      ["DELETE", "", 409],
      ["POST", "/cancel", 200],
    ])(
      "the reply to %s %s of a running run is %d and carries its id",
      async (method, path, status) => {
        const id = await server.begin("forever");
        const reply = await server.request(`/api/runs/${id}${path}`, {
          method,
        });
        expect(reply.status).toBe(status);
        expect(idOf(reply)).toBe(id);
        await server.cancel(id);
      },
    );

    test("the reply about an unknown run carries no run id", async () => {
      for (const path of ["/api/runs/nobody", "/api/runs/nobody?wait=soon"]) {
        const reply = await server.request(path);
        expect(idOf(reply)).toBe("");
        expect(await reply.json()).not.toHaveProperty("run_id");
      }
    });
  });

  test("the list of actions has their schemas and addresses", async () => {
    const actions = (await server.json("/api/actions")) as {
      address: string;
    }[];
    expect(actions.find(({ address }) => address === "probe/add")).toEqual({
      package: "probe",
      action: "add",
      address: "probe/add",
      url: "/api/actions/probe/add/run",
      description: expect.any(String),
      input_schema: expect.objectContaining({
        type: "object",
        required: ["a"],
      }),
      output_schema: expect.objectContaining({ type: "number" }),
      isolation: expect.any(String),
      secrets: [],
      concurrency: null,
      concurrency_per_key: false,
      queue: null,
      retries: null,
      running: 0,
      abandoned: 0,
    } as never);
  });

  test("a server that has started is alive and ready", async () => {
    expect(await server.json("/health/live")).toEqual({ status: "live" });
    const { status, checks } = await server.json("/health/ready");
    expect(status).toBe("ready");
    for (const { ok } of Object.values(checks as { ok: boolean }[]))
      expect(ok).toBe(true);
  });
}
