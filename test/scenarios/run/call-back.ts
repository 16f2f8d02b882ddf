/** Callbacks: every outcome goes to exactly one of the caller and its callback. */
import { expect, test } from "bun:test";
import { Webhook } from "standardwebhooks";
import { startReceiver } from "../../callback/receiver.ts";
import type { Start } from "../../server.ts";
import { idOf, openScene } from "../scene.ts";

const SECRET = `whsec_${Buffer.from("s".repeat(32)).toString("base64")}`;

export function describeCallingBack(start: Start): void {
  const server = openScene(start, [
    "--callback-retry",
    "1ms,1ms,1ms",
    "--callback-secret",
    SECRET,
    "--max-running",
    "2",
  ]);
  const callback = (url: string, wait = "0") => ({
    "x-actions-async-timeout": wait,
    "x-actions-async-callback": url,
    "x-actions-request-id": "mine",
  });

  test.each([
    ["add", { a: 1, b: 2 }, "passed", "3"],
    ["null-result", {}, "passed", "null"],
    ["fail", {}, "failed", { code: "action_failed", status: 500 }],
    ["refuse", {}, "failed", { code: "out_of_stock", status: 422 }],
    ["bad-result", {}, "failed", { code: "invalid_result", status: 500 }],
  ])(
    "the outcome of %s with the input %j is called back as %s",
    async (action, input, status, body) => {
      await using receiver = startReceiver(() => new Response());
      const arrives = receiver.next();
      const reply = await server.run(action, input, callback(receiver.url));
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
      const run = await server.json(`/api/runs/${idOf(reply)}`);
      expect(run).toMatchObject({ state: status });
    },
  );

  test("a callback has these headers and no others", async () => {
    await using receiver = startReceiver();
    const traceparent =
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const arrives = receiver.next();
    const reply = await server.run(
      "add",
      { a: 1 },
      {
        ...callback(receiver.url),
        traceparent,
        tracestate: "vendor=1",
        authorization: "Bearer of-the-caller",
        cookie: "of=the-caller",
      },
    );
    const { method, headers } = await arrives;
    expect(method).toBe("POST");
    expect(headers.get("traceparent")).toBe(traceparent);
    expect(headers.get("user-agent")).toMatch(/^actiond\/\d+\.\d+\.\d+$/);
    expect(headers.get("x-action-server-run-id")).toBe(idOf(reply));
    expect([...headers.keys()].toSorted()).toEqual([
      "accept",
      "accept-encoding",
      "connection",
      "content-length",
      "content-type",
      "host",
      "traceparent",
      "tracestate",
      "user-agent",
      "webhook-id",
      "webhook-signature",
      "webhook-timestamp",
      "x-action-server-run-id",
      "x-action-server-run-status",
      "x-actions-request-id",
    ]);
  });

  test("a cancelled run is called back whether it was running or queued", async () => {
    await using receiver = startReceiver(() => new Response());
    const headers = callback(receiver.url);
    const ids: string[] = [];
    for (let count = 0; count < 2 * server.replicaCount(); count += 1)
      ids.push(idOf(await server.run("forever", {}, headers)));
    for (const id of ids) await server.until(id, "running");
    ids.push(idOf(await server.run("forever", {}, headers)));
    expect(await server.json(`/api/runs/${ids.at(-1)}`)).toMatchObject({
      status: 0,
    });
    for (const id of ids.toReversed()) {
      const arrives = receiver.next();
      expect(await server.cancel(id)).toBe("cancelled");
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
    const reply = await server.run(
      "add",
      { a: 1 },
      callback(receiver.url, "30"),
    );
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

  test("a receiver that fails is tried again under the same webhook-id", async () => {
    await using receiver = startReceiver(
      (_, number) => new Response(null, { status: number < 3 ? 500 : 201 }),
    );
    const reply = await server.run("noop", {}, callback(receiver.url));
    const id = idOf(reply);
    while (receiver.received.length < 3) await receiver.next();
    let delivery = await server.json(`/api/runs/${id}/callback`);
    while (delivery.state === "pending")
      delivery = await server.json(`/api/runs/${id}/callback`);
    expect(delivery).toMatchObject({
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

  test("dead callbacks are listed and can be sent again one by one or all of a host", async () => {
    const answer = { status: 500 };
    await using receiver = startReceiver(
      () => new Response(null, { status: answer.status }),
    );
    const id = idOf(await server.run("noop", {}, callback(receiver.url)));
    const path = `/api/callbacks?state=dead&host=${receiver.host}`;
    while (((await server.json(path)) as unknown[]).length === 0);
    expect(await server.json(path)).toMatchObject([
      { run_id: id, attempt_count: 4 },
    ]);
    answer.status = 204;
    let arrives = receiver.next();
    expect(
      await server.json(
        `/api/callbacks/redeliver?host=${receiver.host}`,
        "POST",
      ),
    ).toEqual({ redelivered: 1 });
    await arrives;
    while ((await server.json(`/api/runs/${id}/callback`)).state === "pending");
    arrives = receiver.next();
    expect(
      await server.json(`/api/runs/${id}/callback/redeliver`, "POST"),
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
}
