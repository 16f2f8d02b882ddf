/** Dying by kill -9, and starting again on what that left. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { startReceiver } from "../../callback/receiver.ts";
import { DETACH, idOf } from "../../scenarios/scene.ts";
import {
  makeTemporaryFolder,
  startExecutable,
  type TestServer,
} from "../../server.ts";

const json = async (server: TestServer, path: string): Promise<any> =>
  (await server.request(path)).json();
const callback = (url: string) => ({ "x-actions-async-callback": url });
const begin = async (
  server: TestServer,
  action: string,
  headers = {},
  input: unknown = {},
) => idOf(await server.run(action, input, { ...DETACH, ...headers }));

/** Resolves with the delivery of a run's callback, as soon as nothing is owed any more. */
async function delivered(server: TestServer, id: string): Promise<any> {
  const path = `/api/runs/${id}/callback`;
  let delivery = await json(server, path);
  while (delivery.state === "pending") delivery = await json(server, path);
  expect(delivery.state).toBe("delivered");
  return delivery;
}

describe("started again after kill -9", () => {
  test("a run that backed off goes on backing off until it is cancelled", async () => {
    const data = join(makeTemporaryFolder(), "data");
    await using first = await startExecutable({ data });
    const id = await begin(first, "rests");
    const path = `/api/runs/${id}`;
    while ((await json(first, path)).next_attempt_time === null);
    const before = await json(first, path);
    await first.kill();

    await using second = await startExecutable({ data });
    expect(await json(second, path)).toEqual({ ...before, detached: true });
    const cancelled = await second.request(`${path}/cancel`, {
      method: "POST",
    });
    expect(await cancelled.json()).toBe("cancelled");
  });

  test("a run that was running is cancelled and its callback arrives even if its caller was waiting", async () => {
    await using receiver = startReceiver();
    const data = join(makeTemporaryFolder(), "data");
    await using first = await startExecutable({ data });
    const detached = await begin(first, "forever", callback(receiver.url));
    const waiting = first
      .run(
        "forever",
        {},
        { ...callback(receiver.url), "x-actions-request-id": "waits" },
      )
      .catch(() => "broken");
    const find = "/api/runs/run-id-from-request-id/waits";
    while ((await first.request(find)).status === 404);
    const { run_id: attached } = await json(first, find);
    await first.kill();
    expect(await waiting).toBe("broken");

    await using second = await startExecutable({ data });
    for (const id of [detached, attached])
      expect(await json(second, `/api/runs/${id}`)).toMatchObject({
        status: 4,
        error: { code: "interrupted" },
        detached: true,
      });
    await receiver.arrived(2);
    expect(
      new Set(
        receiver.received.map(({ headers }) =>
          headers.get("x-action-server-run-id"),
        ),
      ),
    ).toEqual(new Set([detached, attached]));
    for (const { headers, body } of receiver.received) {
      expect(headers.get("x-action-server-run-status")).toBe("cancelled");
      expect(JSON.parse(body)).toMatchObject({
        code: "interrupted",
        retryable: true,
      });
    }
  });

  test("queued runs run, oldest first", async () => {
    const data = join(makeTemporaryFolder(), "data");
    await using first = await startExecutable({
      data,
      options: ["--max-running", "1"],
    });
    await begin(first, "forever");
    const queued: string[] = [];
    for (let count = 0; count < 5; count += 1)
      queued.push(await begin(first, "add", {}, { a: count }));
    await first.kill();
    await using second = await startExecutable({
      data,
      options: ["--max-running", "1"],
    });
    const ends: string[] = [];
    for (const [count, id] of queued.entries()) {
      const run = await json(second, `/api/runs/${id}?wait=10`);
      expect(run).toMatchObject({ status: 2, result: String(count + 1) });
      expect(run.start_time).not.toBe("");
      ends.push(run.start_time);
    }
    expect(ends).toEqual(ends.toSorted());
  });

  test("an idempotency key still names its run", async () => {
    const data = join(makeTemporaryFolder(), "data");
    await using first = await startExecutable({ data });
    const headers = { "idempotency-key": "once" };
    const before = await first.run("add", { a: 1 }, headers);
    await first.kill();
    await using second = await startExecutable({ data });
    const after = await second.run("add", { a: 1 }, headers);
    expect(idOf(after)).toBe(idOf(before));
    expect(after.headers.get("idempotency-replayed")).toBe("true");
    expect(await after.text()).toBe("2");
  });

  test("a callback whose attempt failed is tried again, under the same webhook-id", async () => {
    const data = join(makeTemporaryFolder(), "data");
    const options = ["--callback-retry", "300ms,300ms,300ms"];
    let status = 500;
    await using receiver = startReceiver(() => new Response(null, { status }));
    await using first = await startExecutable({ data, options });
    const id = await begin(first, "noop", callback(receiver.url));
    while ((await json(first, `/api/runs/${id}/callback`)).attempt_count === 0);
    await first.kill();
    const countBefore = receiver.received.length;
    status = 200;
    await using second = await startExecutable({ data, options });
    await receiver.arrived(countBefore + 1);
    await delivered(second, id);
    for (const { headers } of receiver.received)
      expect(headers.get("webhook-id")).toBe(id);
  });

  test("a callback that was on its way is sent again", async () => {
    const data = join(makeTemporaryFolder(), "data");
    // An attempt is recorded before it is made: the next one is due after the first delay.
    const options = ["--callback-retry", "100ms,100ms"];
    const never = new Promise<Response>(() => {});
    await using receiver = startReceiver((_, number) =>
      number === 1 ? never : new Response(),
    );
    await using first = await startExecutable({ data, options });
    const id = await begin(first, "noop", callback(receiver.url));
    await receiver.arrived(1);
    await first.kill();
    await using second = await startExecutable({ data, options });
    await receiver.arrived(2);
    expect(await delivered(second, id)).toMatchObject({
      attempts: [
        { number: 1, status: null },
        { number: 2, status: 200 },
      ],
    });
    expect(receiver.received.map(({ body }) => body)).toEqual(["null", "null"]);
  });

  test("a callback that was delivered is not sent again", async () => {
    const data = join(makeTemporaryFolder(), "data");
    await using receiver = startReceiver();
    await using first = await startExecutable({ data });
    const id = await begin(first, "noop", callback(receiver.url));
    await delivered(first, id);
    await first.kill();
    await using second = await startExecutable({ data });
    // What is owed at the start is sent first.
    await begin(second, "add", callback(receiver.url), { a: 1 });
    await receiver.arrived(2);
    expect(receiver.received.map(({ body }) => body)).toEqual(["null", "2"]);
  });
});
