/** Callbacks: every outcome goes to exactly one of the caller and its callback. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Webhook } from "standardwebhooks";
import { startReceiver } from "../callback/receiver.ts";
import type { Start, TestServer } from "../server.ts";
import { makeGate } from "./gate.ts";

const SECRET = `whsec_${Buffer.from("s".repeat(32)).toString("base64")}`;

export function describeCallingBack(start: Start): void {
  let server: TestServer;
  beforeAll(async () => {
    server = await start({
      options: [
        "--callback-retry",
        "1ms,1ms,1ms",
        "--callback-secret",
        SECRET,
        "--max-running",
        "2",
      ],
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });
  const json = async (path: string, method = "GET"): Promise<any> =>
    (await server.request(path, { method })).json();
  const detach = (url: string, wait = "0") => ({
    "x-actions-async-timeout": wait,
    "x-actions-async-callback": url,
    "x-actions-request-id": "mine",
  });
  const idOf = (reply: Response) =>
    reply.headers.get("x-action-server-run-id") ?? "";

  test.each([
    ["add", { a: 1, b: 2 }, "passed", "3"],
    ["null-result", {}, "passed", "null"],
    ["fail", {}, "failed", { code: "action_failed", status: 500 }],
    ["refuse", {}, "failed", { code: "out_of_stock", status: 422 }],
    ["bad-result", {}, "failed", { code: "invalid_result", status: 500 }],
  ])(
    "the outcome of %s %j is called back: %s",
    async (action, input, status, body) => {
      await using receiver = startReceiver(() => new Response());
      const arrives = receiver.next();
      const reply = await server.run(action, input, detach(receiver.url));
      expect(await reply.text()).toBe('"async-return"');
      const received = await arrives;
      expect(Object.fromEntries(received.headers)).toMatchObject({
        "content-type": "application/json",
        "x-action-server-run-id": idOf(reply),
        "x-action-server-run-status": status,
        "x-actions-request-id": "mine",
        "webhook-id": idOf(reply),
      });
      if (typeof body === "string") expect(received.body).toBe(body);
      else
        expect(JSON.parse(received.body)).toMatchObject({
          ...body,
          run_id: idOf(reply),
        });
      new Webhook(SECRET).verify(
        received.body,
        Object.fromEntries(received.headers),
      );
      const run = await json(`/api/runs/${idOf(reply)}`);
      expect(run).toMatchObject({ state: status });
    },
  );

  test("a cancelled run is called back, running or queued", async () => {
    await using receiver = startReceiver(() => new Response());
    const headers = detach(receiver.url);
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1)
      ids.push(idOf(await server.run("forever", {}, headers)));
    expect(await json(`/api/runs/${ids[2]}`)).toMatchObject({ status: 0 });
    for (const id of ids.toReversed()) {
      const arrives = receiver.next();
      expect(await json(`/api/runs/${id}/cancel`, "POST")).toBe("cancelled");
      const received = await arrives;
      expect(received.headers.get("x-action-server-run-id")).toBe(id);
      expect(received.headers.get("x-action-server-run-status")).toBe(
        "cancelled",
      );
      expect(JSON.parse(received.body)).toMatchObject({
        code: "run_cancelled",
        status: 409,
      });
    }
  });

  test("a caller that is answered in time gets no callback", async () => {
    await using receiver = startReceiver(() => new Response());
    const reply = await server.run("add", { a: 1 }, detach(receiver.url, "30"));
    expect(await reply.text()).toBe("2");
    const none = await server.request(`/api/runs/${idOf(reply)}/callback`);
    expect(none.status).toBe(404);
    expect(await none.json()).toMatchObject({ code: "callback_not_found" });
    const nothing = await server.request(
      `/api/runs/${idOf(reply)}/callback/redeliver`,
      { method: "POST" },
    );
    expect(nothing.status).toBe(409);
    expect(receiver.received).toEqual([]);
  });

  test("a receiver that fails is tried again, under the same webhook-id", async () => {
    await using receiver = startReceiver(
      (_, number) => new Response(null, { status: number < 3 ? 500 : 201 }),
    );
    const reply = await server.run("noop", {}, detach(receiver.url));
    const id = idOf(reply);
    while (receiver.received.length < 3) await receiver.next();
    let callback = await json(`/api/runs/${id}/callback`);
    while (callback.state === "pending")
      callback = await json(`/api/runs/${id}/callback`);
    expect(callback).toMatchObject({
      run_id: id,
      url: receiver.url,
      state: "delivered",
      next_attempt_time: null,
      attempts: [
        { number: 1, status: 500, error: "The receiver answered 500." },
        { number: 2, status: 500 },
        { number: 3, status: 201, error: null },
      ],
    });
    expect(
      new Set(
        receiver.received.map(({ headers }) => headers.get("webhook-id")),
      ),
    ).toEqual(new Set([id]));
  });

  test("what is dead is listed, and sent again, one or all of a host", async () => {
    const answer = { status: 500 };
    await using receiver = startReceiver(
      () => new Response(null, { status: answer.status }),
    );
    const id = idOf(await server.run("noop", {}, detach(receiver.url)));
    const path = `/api/callbacks?state=dead&host=${receiver.host}`;
    while (((await json(path)) as unknown[]).length === 0);
    expect(await json(path)).toMatchObject([{ run_id: id, attempt_count: 4 }]);
    answer.status = 204;
    let arrives = receiver.next();
    expect(
      await json(`/api/callbacks/redeliver?host=${receiver.host}`, "POST"),
    ).toEqual({ redelivered: 1 });
    await arrives;
    while ((await json(`/api/runs/${id}/callback`)).state === "pending");
    arrives = receiver.next();
    expect(
      await json(`/api/runs/${id}/callback/redeliver`, "POST"),
    ).toMatchObject({ state: "pending", attempt_count: 0 });
    expect((await arrives).headers.get("webhook-id")).toBe(id);
    const wrong = await server.request("/api/callbacks/redeliver", {
      method: "POST",
    });
    expect(wrong.status).toBe(400);
    expect((await server.request("/api/callbacks?state=lost")).status).toBe(
      400,
    );
  });

  test.each([
    ["http://169.254.169.254/latest/meta-data"],
    ["http://[fe80::1]/"],
    ["http://user:word@127.0.0.1/"],
  ])("a callback to %s is refused before there is a run", async (url) => {
    const reply = await server.run("noop", {}, detach(url));
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ code: "callback_not_allowed" });
  });

  describe("a caller whose connection breaks", () => {
    const breakOff = async (headers: Record<string, string>) => {
      const connection = new AbortController();
      const requestId = Bun.randomUUIDv7();
      const gate = makeGate();
      const broken = server
        .request("/api/actions/probe/gate/run", {
          method: "POST",
          headers: {
            "content-type": "application/json",
            ...headers,
            "x-actions-request-id": requestId,
          },
          body: JSON.stringify(gate.input),
          signal: connection.signal,
        })
        .catch(() => "broken");
      const find = `/api/runs/run-id-from-request-id/${requestId}`;
      while ((await server.request(find)).status === 404);
      connection.abort();
      expect(await broken).toBe("broken");
      const { run_id: id } = await json(find);
      return { id, gate };
    };

    test("is called back", async () => {
      await using receiver = startReceiver(() => new Response());
      const arrives = receiver.next();
      const { id, gate } = await breakOff({
        "x-actions-async-callback": receiver.url,
      });
      while ((await json(`/api/runs/${id}`)).detached === false);
      gate.open("later");
      expect((await arrives).body).toBe('"later"');
    });

    test("cancels the run where it asked for that", async () => {
      const { id } = await breakOff({ "x-actions-on-disconnect": "cancel" });
      expect(await json(`/api/runs/${id}?wait=10`)).toMatchObject({
        status: 4,
      });
    });

    test("leaves the run alone otherwise", async () => {
      const { id, gate } = await breakOff({});
      gate.open("alone");
      expect(await json(`/api/runs/${id}?wait=10`)).toMatchObject({
        status: 2,
        result: '"alone"',
      });
    });
  });
}
