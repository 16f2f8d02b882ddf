/** Runs: looking at them, waiting for them, listing, finding, cancelling and deleting them. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Start, TestServer } from "../server.ts";
import { makeGate } from "./gate.ts";

const DETACH = { "x-actions-async-timeout": "0" };
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export function describeLooking(start: Start): void {
  let server: TestServer;
  beforeAll(async () => {
    server = await start({ options: ["--max-running", "3"] });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });
  const get = (path: string) => server.request(path);
  const json = async (path: string): Promise<any> => (await get(path)).json();
  const begin = async (action: string, input: unknown, headers = {}) =>
    (await server.run(action, input, { ...DETACH, ...headers })).headers.get(
      "x-action-server-run-id",
    ) ?? "";
  const cancel = async (id: string) =>
    (await server.request(`/api/runs/${id}/cancel`, { method: "POST" })).json();

  test("a run object, member by member, of a run that passed", async () => {
    const reply = await server.run(
      "add",
      { a: 1 },
      { "x-actions-request-id": "who" },
    );
    const id = reply.headers.get("x-action-server-run-id") ?? "";
    const found = await get(`/api/runs/${id}`);
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
      detached: false,
    });
  });

  test("of a run that failed, and of one that runs", async () => {
    const failed = await begin("refuse", {});
    expect(await json(`/api/runs/${failed}?wait=10`)).toMatchObject({
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
    const running = await begin("gate", gate.input);
    expect(await json(`/api/runs/${running}`)).toMatchObject({
      status: 1,
      state: "running",
      run_time: null,
      finish_time: null,
      error: null,
    });
    gate.open();
  });

  describe("waiting", () => {
    test("answers as soon as the run is finished", async () => {
      const gate = makeGate();
      const id = await begin("gate", gate.input);
      const waiting = json(`/api/runs/${id}?wait=30`);
      gate.open("now");
      expect(await waiting).toMatchObject({ status: 2, result: '"now"' });
    });

    test("answers with what is known when the time is up", async () => {
      const gate = makeGate();
      const id = await begin("gate", gate.input);
      expect(await json(`/api/runs/${id}?wait=0.01`)).toMatchObject({
        status: 1,
      });
      const unfinished = await get(`/api/runs/${id}/result?wait=0.01`);
      expect(unfinished.status).toBe(202);
      expect(await unfinished.json()).toMatchObject({ id, status: 1 });
      gate.open("end");
      const result = await get(`/api/runs/${id}/result?wait=30`);
      expect(await result.text()).toBe('"end"');
    });

    test("for the result of a failed run answers its problem", async () => {
      const id = await begin("refuse", {});
      const result = await get(`/api/runs/${id}/result?wait=10`);
      expect(result.status).toBe(422);
      expect(await result.json()).toMatchObject({
        code: "out_of_stock",
        run_id: id,
      });
    });

    test.each(["-1", "abc", "", "1e3"])("%p seconds is 400", async (wait) => {
      const reply = await get(`/api/runs/x?wait=${wait}`);
      expect(reply.status).toBe(400);
      expect(await reply.json()).toMatchObject({ code: "invalid_parameter" });
    });
  });

  test("only the fields asked for", async () => {
    const id = await begin("add", { a: 5 });
    await get(`/api/runs/${id}?wait=10`);
    expect(
      await json(`/api/runs/${id}/fields?fields=status&fields=result`),
    ).toEqual({ status: 2, result: "6" });
    expect(await json(`/api/runs/${id}/fields?fields=status`)).toEqual({
      status: 2,
    });
    expect(Object.keys(await json(`/api/runs/${id}/fields`))).toHaveLength(18);
    const wrong = await get(`/api/runs/${id}/fields?fields=colour`);
    expect(wrong.status).toBe(400);
  });

  test("the oldest run of a request id is found, whatever the id is made of", async () => {
    const requestId = "a/b ?#%:é".replace("é", "e");
    const headers = { "x-actions-request-id": requestId };
    const first = await begin("noop", {}, headers);
    await begin("noop", {}, headers);
    const path = `/api/runs/run-id-from-request-id/${encodeURIComponent(requestId)}`;
    expect(await json(path)).toEqual({ run_id: first });
    const unknown = await get("/api/runs/run-id-from-request-id/nobody");
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ code: "request_not_found" });
  });

  describe("listing", () => {
    const numbers = async (query: string) =>
      ((await json(`/api/runs?${query}`)) as { numbered_id: number }[]).map(
        (run) => run.numbered_id,
      );

    test("goes page by page, newest first, each run once", async () => {
      await Promise.all(
        Array.from({ length: 7 }, () =>
          server.run("noop", {}, { "x-actions-request-id": "page" }),
        ),
      );
      let path: string | undefined = "/api/runs?limit=3&request_id=page";
      const seen: number[] = [];
      const sizes: number[] = [];
      while (path !== undefined) {
        const page = await get(path);
        const runs = (await page.json()) as { numbered_id: number }[];
        seen.push(...runs.map((run) => run.numbered_id));
        sizes.push(runs.length);
        path = /^<([^>]+)>; rel="next"$/.exec(
          page.headers.get("link") ?? "",
        )?.[1];
      }
      expect(sizes).toEqual([3, 3, 1]);
      expect(seen).toEqual(seen.toSorted((a, b) => b - a));
      expect(new Set(seen).size).toBe(7);
    });

    test("takes status by name and by number, repeated", async () => {
      await server.run("fail", {});
      const all = await numbers("limit=1000");
      const passed = await numbers("limit=1000&status=passed");
      expect(await numbers("limit=1000&status=2")).toEqual(passed);
      const failed = await numbers("limit=1000&status=3");
      expect(await numbers("limit=1000&status=passed&status=failed")).toEqual(
        [...passed, ...failed].toSorted((a, b) => b - a),
      );
      expect(all).toEqual(
        expect.arrayContaining([...passed, ...failed] as number[]),
      );
    });

    test("takes package and action", async () => {
      await server.run("echo", {});
      expect(await numbers("package=probe&action=echo&limit=1")).toHaveLength(
        1,
      );
      expect(await numbers("package=other")).toEqual([]);
    });

    test.each([
      "limit=0",
      "limit=1001",
      "limit=x",
      "before=0",
      "status=9",
      "status=",
    ])("%s is 400", async (query) => {
      const reply = await get(`/api/runs?${query}`);
      expect(reply.status).toBe(400);
      expect(await reply.json()).toMatchObject({ code: "invalid_parameter" });
    });
  });

  describe("cancelling", () => {
    test("a running run ends it, and its waiting caller is told", async () => {
      const waiting = server.run(
        "forever",
        {},
        { "x-actions-request-id": "stop-me" },
      );
      let id: string | undefined;
      while (id === undefined)
        id = (
          (await json("/api/runs/run-id-from-request-id/stop-me")) as {
            run_id?: string;
          }
        ).run_id;
      expect(await cancel(id)).toBe("cancelled");
      expect(await cancel(id)).toBe("not-running");
      const reply = await waiting;
      expect(reply.status).toBe(409);
      expect(reply.headers.get("x-action-server-run-id")).toBe(id);
      expect(await reply.json()).toMatchObject({
        code: "run_cancelled",
        source: "server",
        run_id: id,
      });
      expect(await json(`/api/runs/${id}`)).toMatchObject({
        status: 4,
        error: { code: "run_cancelled" },
      });
    });

    test("a finished run erases nothing", async () => {
      const id = await begin("add", { a: 1 });
      await get(`/api/runs/${id}?wait=10`);
      expect(await cancel(id)).toBe("not-running");
      expect(await json(`/api/runs/${id}`)).toMatchObject({
        status: 2,
        result: "2",
      });
    });

    test("queued runs: neither ever starts, and the slots are free again", async () => {
      const gate = makeGate();
      const running = await Promise.all(
        [1, 2, 3].map(() => begin("gate", gate.input)),
      );
      const queued = await Promise.all([1, 2].map(() => begin("noop", {})));
      for (const id of queued) {
        expect(await json(`/api/runs/${id}`)).toMatchObject({
          status: 0,
          start_time: "",
        });
        expect(await cancel(id)).toBe("cancelled");
        expect(await json(`/api/runs/${id}`)).toMatchObject({
          status: 4,
          start_time: "",
          run_time: null,
        });
      }
      gate.open();
      for (const id of running)
        expect(await json(`/api/runs/${id}?wait=10`)).toMatchObject({
          status: 2,
        });
      expect((await server.run("noop", {})).status).toBe(200);
    });

    test("an unknown run is 404, as is everything else about it", async () => {
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
  });

  test("a finished run can be deleted, an unfinished one not", async () => {
    const gate = makeGate();
    const id = await begin("gate", gate.input);
    const path = `/api/runs/${id}`;
    const refused = await server.request(path, { method: "DELETE" });
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ code: "run_not_finished" });
    gate.open();
    await get(`${path}?wait=10`);
    expect((await server.request(path, { method: "DELETE" })).status).toBe(204);
    expect((await get(path)).status).toBe(404);
  });

  test("reads and cancels go on while two hundred callers wait", async () => {
    // Bun's own fetch keeps to 256 requests at once.
    const waiting = Array.from({ length: 200 }, (_, number) =>
      server.run("forever", {}, { "x-actions-request-id": `crowd-${number}` }),
    );
    const list =
      "/api/runs?limit=1000&action=forever&status=queued&status=running";
    let runs: { id: string }[] = [];
    while (runs.length < 200) runs = (await json(list)) as { id: string }[];
    let isAnyoneAnswered = false;
    void Promise.race(waiting).then(() => (isAnyoneAnswered = true));
    for (let count = 0; count < 100; count += 1)
      expect((await get(`/api/runs/${runs[count]?.id}`)).status).toBe(200);
    expect(isAnyoneAnswered).toBe(false);
    const answers = await Promise.all(runs.map(({ id }) => cancel(id)));
    expect(answers.every((answer) => answer === "cancelled")).toBe(true);
    for (const reply of await Promise.all(waiting))
      expect(reply.status).toBe(409);
  });

  test("actions are listed with schemas and address", async () => {
    const actions = (await json("/api/actions")) as { address: string }[];
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
    } as never);
  });

  test("what is not there is a problem, too", async () => {
    const reply = await get("/nowhere");
    expect(reply.status).toBe(404);
    expect(await reply.json()).toMatchObject({ code: "route_not_found" });
  });

  test("is alive and ready", async () => {
    expect(await json("/health/live")).toEqual({ status: "live" });
    expect(await json("/health/ready")).toEqual({ status: "ready" });
  });
}
